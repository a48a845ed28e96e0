// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a cgroup counts as where applications share something: its system unit, the user below whose slice or service manager it lies, or its
 * container. Only root makes these; what lies below them is made at will by the user, the service or the container, and changes nothing.
 */
public final class ShareKey {
    /** Name of the cgroup below the managed root that has the programs of {@code sluice run}. */
    public static final String RUN = "sluice-run";

    /** What begins the key of a user. */
    private static final String USER = "user ";

    private static final Pattern MANAGER = Pattern.compile("user@([0-9]{1,10})\\.service");
    private static final Pattern USER_SLICE = Pattern.compile("user-([0-9]{1,10})\\.slice");
    private static final Pattern CONTAINER = Pattern.compile("(?:libpod-(?:conmon-)?)?[0-9a-f]{64}");
    private static final Pattern POD = Pattern.compile("pod[0-9A-Za-z_.-]+");
    /** Cgroups in which container engines without systemd make one for each container, named by its id. */
    private static final Set<String> ENGINES =
            Set.of("docker", "libpod_parent", "buildkit", "default", "k8s.io", "moby");

    /** The same, where its name is anything. */
    private static final Set<String> NAMING_ENGINES = Set.of("lxc", "machine");

    private static final Set<String> POD_CLASSES = Set.of("burstable", "besteffort", "guaranteed");
    private static final long MOST_UID = 0xffff_fffeL;

    private ShareKey() {}

    /**
     * The key, in words for people.
     *
     * @param path from the managed root, {@code /system.slice/x.service}
     * @param uid of the socket's maker, which counts for programs of {@code sluice run}; negative: unknown
     */
    public static String of(String path, int uid) {
        var names = path.split("/", -1);
        var key = new StringBuilder();
        String parent = "";
        for (int i = path.startsWith("/") ? 1 : 0; i < names.length; i++) {
            var name = names[i];
            var user = user(parent, name);
            if (user != null) {
                return user;
            }
            key.append('/').append(name);
            if (!name.endsWith(".slice")) {
                return name.equals(RUN) && parent.isEmpty() && uid != -1
                        ? USER + Integer.toUnsignedString(uid)
                        : key.append(container(names, i)).toString();
            }
            parent = name;
        }
        return key.toString();
    }

    private static @Nullable String user(String parent, String name) {
        var matcher = MANAGER.matcher(name);
        if (!matcher.matches()) {
            matcher = USER_SLICE.matcher(name);
            if (!matcher.matches() || !(parent.isEmpty() || parent.equals("user.slice"))) {
                return null;
            }
        }
        long uid = Long.parseLong(matcher.group(1));
        return uid <= MOST_UID ? USER + uid : null;
    }

    /** What has to be added where the first cgroup that is no slice is one that a container engine makes its containers in; else nothing. */
    private static String container(String[] names, int at) {
        var first = names[at];
        var second = name(names, at + 1);
        if (first.equals("kubepods")) {
            return inPod(names, at + 1);
        }
        boolean isContainer = (NAMING_ENGINES.contains(first) && !second.isEmpty())
                || (ENGINES.contains(first) && CONTAINER.matcher(second).matches());
        return isContainer ? "/" + second : "";
    }

    private static String inPod(String[] names, int at) {
        var group = POD_CLASSES.contains(name(names, at)) ? "/" + names[at] : "";
        int pod = group.isEmpty() ? at : at + 1;
        if (!POD.matcher(name(names, pod)).matches()) {
            return group;
        }
        var container = name(names, pod + 1);
        return group + "/" + names[pod] + (CONTAINER.matcher(container).matches() ? "/" + container : "");
    }

    private static String name(String[] names, int at) {
        return at < names.length ? names[at] : "";
    }
}
