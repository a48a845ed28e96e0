// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.regex.Pattern;

/**
 * Turns shorthands into expressions over the path from the cgroup2 mount. All start with {@code ^}: users name the
 * cgroups below their own {@code user@UID.service}, so an expression that may match anywhere can be spoofed. All cover
 * the cgroup and everything below it.
 */
final class Shorthands {
    private static final String END = "(?:/|$)";
    private static final String SLICES = "(?:/[^/]+\\.slice)*";

    /** systemd puts an underscore before names that the kernel could take for its own files (cg_escape in its sources). */
    private static final String ESCAPED = "/_?";

    private static final String RANDOM = "(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[^/-]+)";
    private static final Pattern APP = Pattern.compile("[^/\\s*?\\p{Cntrl}]{1,255}");
    private static final Pattern SLICE = Pattern.compile("[A-Za-z0-9:_.\\\\@]+(?:-[A-Za-z0-9:_.\\\\@]+)*");
    private static final Pattern CONTAINER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,254}\\*?");
    private static final Pattern ID = Pattern.compile("[0-9a-f]{12,64}\\*?");

    private Shorthands() {}

    /** The part of the tree that belongs to a user, or to any user; systemd starts it. */
    private static String userPrefix(String uid) {
        return "^/user\\.slice/user-" + uid + "\\.slice";
    }

    private static String managerPrefix(String uid) {
        return userPrefix(uid) + "/user@" + uid + "\\.service";
    }

    /** {@code user}: everything the user runs. */
    static String user(String uid) {
        return userPrefix(uid) + END;
    }

    /**
     * {@code app}: every instance of a desktop application, whatever started it (systemd.io/DESKTOP_ENVIRONMENTS), as a
     * Flatpak, a Snap or activated through D-Bus.
     *
     * @param id without {@code .desktop}; as in the file
     */
    static String app(String id) {
        String plain = SystemdNames.unescape(id);
        String escaped = SystemdNames.literal(SystemdNames.escape(plain));
        String raw = SystemdNames.literal(plain);
        String name = escaped.equals(raw) ? escaped : "(?:" + escaped + "|" + raw + ")";
        String launched = "app(?:-[^/-]+)?-" + name + "(?:(?:@[^/]*)?\\.service|-" + RANDOM + "\\.scope|(?:-" + RANDOM
                + ")?\\.slice)";
        String activated = "dbus-:[^/-]+-" + name + "@[^/]*\\.service";
        String snap = snap(plain);
        String units = "(?:" + launched + "|" + activated + "|" + snap + ")";
        // A Snap's services are system units; the rest runs under a user's manager.
        return "^(?:/user\\.slice/user-[0-9]+\\.slice/user@[0-9]+\\.service" + SLICES + "/" + units + "|" + SLICES + "/"
                + snap + ")" + END;
    }

    /** {@code NAME_APP} is one application of a Snap, {@code NAME} stands for all of them. */
    private static String snap(String id) {
        int underscore = id.indexOf('_');
        String name = underscore < 0 ? id : id.substring(0, underscore);
        String app = underscore < 0 ? "[^/]+" : dashes(id.substring(underscore + 1));
        return "snap\\." + dashes(name) + "\\." + app + "(?:-" + RANDOM + "\\.scope|\\.service)";
    }

    /** Versions of snapd differ in whether they escape a dash. */
    private static String dashes(String text) {
        return SystemdNames.literal(text).replace("-", "(?:-|\\\\x2d)");
    }

    /** Checks a desktop id. */
    static String checkApp(String text) {
        if (text.matches("[^.]+\\.desktop")) {
            // Ids of several parts may end like this: org.telegram.desktop.
            throw new InvalidValueException(
                    "found the name of a file, " + Words.quoted(text),
                    "the id of a desktop application is expected",
                    "write " + text.substring(0, text.lastIndexOf('.')));
        }
        if (text.indexOf('/') >= 0) {
            throw new InvalidValueException(
                    "found the path " + Words.quoted(text),
                    "the id of a desktop application is expected, such as org.telegram.desktop",
                    "write its .desktop file's name without .desktop, or start the program with 'sluice run'");
        }
        if (!APP.matcher(text).matches()) {
            throw new InvalidValueException(
                    "found " + Words.quoted(text),
                    "the id of a desktop application is expected",
                    "such as org.telegram.desktop");
        }
        return text;
    }

    /** {@code unit} of the system: in slices that systemd starts itself, never below a user's manager. */
    static String unit(String glob) {
        return "^" + SLICES + ESCAPED + SystemdNames.glob(glob) + END;
    }

    /** {@code unit} beside {@code user}: one of the user's manager, or one of the system in the user's slice. */
    static String unitOf(String uid, String glob) {
        return userPrefix(uid) + "(?:/user@" + uid + "\\.service" + SLICES + ")?" + ESCAPED + SystemdNames.glob(glob)
                + END;
    }

    /** {@code slice} of the system. */
    static String slice(String name) {
        return "^" + nested(name) + END;
    }

    /** {@code slice} beside {@code user}: one of the user's manager. */
    static String sliceOf(String uid, String name) {
        return managerPrefix(uid) + nested(name) + END;
    }

    /** {@code a-b.slice} lies in {@code a.slice}: see systemd.slice(5). */
    private static String nested(String name) {
        var path = new StringBuilder();
        for (int dash = name.indexOf('-'); dash >= 0; dash = name.indexOf('-', dash + 1)) {
            path.append(ESCAPED)
                    .append(SystemdNames.literal(name.substring(0, dash)))
                    .append("\\.slice");
        }
        return path.append(ESCAPED)
                .append(SystemdNames.literal(name))
                .append("\\.slice")
                .toString();
    }

    /** Checks the name of a slice; without its suffix. */
    static String checkSlice(String text) {
        String name = text.endsWith(".slice") ? text.substring(0, text.length() - ".slice".length()) : text;
        if (!SLICE.matcher(name).matches()) {
            throw new InvalidValueException(
                    "found " + Words.quoted(text),
                    "the name of a slice is expected, its parts divided by single dashes",
                    "such as system or user-1000");
        }
        return name;
    }

    /** {@code container} of the system: Docker, Podman, containerd, CRI-O by id; LXC and systemd-nspawn by name. */
    static String container(String idOrName) {
        return "^(?:" + SLICES + "/(?:" + scopes(idOrName) + ")" + "|" + rooted(idOrName) + ")" + END;
    }

    /** {@code container} beside {@code user}: anywhere in the part of the tree that is the user's own. */
    static String containerOf(String uid, String idOrName) {
        return managerPrefix(uid) + "(?:/[^/]+)*/(?:" + scopes(idOrName) + ")" + END;
    }

    private static String scopes(String idOrName) {
        if (isId(idOrName)) {
            return "(?:docker|libpod|cri-containerd|crio)-" + idPrefix(idOrName) + "\\.scope";
        }
        String name = SystemdNames.glob(idOrName);
        String escaped = SystemdNames.glob(idOrName.replace("-", "\\x2d"));
        return "lxc\\.payload\\." + name + "|machine-" + escaped + "\\.scope|systemd-nspawn@" + escaped + "\\.service";
    }

    /** Where engines put containers when they do not ask systemd (the cgroupfs driver). */
    private static String rooted(String idOrName) {
        if (!isId(idOrName)) {
            return "/lxc/" + SystemdNames.glob(idOrName);
        }
        String id = idPrefix(idOrName);
        return "/docker/" + id + "|/libpod_parent/libpod-" + id + "|/kubepods(?:/[^/]+)*/pod[^/]+/" + id;
    }

    private static boolean isId(String text) {
        return ID.matcher(text).matches();
    }

    private static String idPrefix(String text) {
        return text.replace("*", "") + "[0-9a-f]*";
    }

    /** Checks a container's id or name. */
    static String checkContainer(String text) {
        if (!CONTAINER.matcher(text).matches()) {
            throw new InvalidValueException(
                    "found " + Words.quoted(text),
                    "a container's name or at least 12 hexadecimal digits of its id are expected",
                    "a * may only stand at the end");
        }
        return text;
    }
}
