// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the names of systemd and of container engines say about a cgroup, for people: the opposite of the shorthands {@code app}, {@code unit}
 * and {@code container}. Users name the cgroups below their own service manager, so this is no ground for a decision.
 *
 * @param app id of the desktop application, or null
 * @param unit the systemd unit, the user's own where there is one, or null
 * @param container id or name of the container, or null
 * @param uid whose service manager it is below, -1 if none
 */
public record Application(
        @Nullable String app,
        @Nullable String unit,
        @Nullable String container,
        int uid) {
    private static final Pattern UNIT = Pattern.compile(".+\\.(?:service|scope|slice)");
    private static final Pattern MANAGER = Pattern.compile("user@([0-9]{1,10})\\.service");
    private static final Pattern USER_SLICE = Pattern.compile("user-([0-9]{1,10})\\.slice");
    private static final Pattern RANDOM =
            Pattern.compile("-(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[^-]+)\\.scope$");
    private static final Pattern SNAP = Pattern.compile("snap\\.([^.]+)\\.([^.]+)");
    private static final Pattern ID = Pattern.compile("[0-9a-f]{12,64}");
    private static final List<String> ENGINES = List.of("docker-", "libpod-", "cri-containerd-", "crio-");
    private static final int SHORT_ID = 12;

    /**
     * The application that a cgroup belongs to.
     *
     * @param path from the cgroup2 mount, {@code /system.slice/x.service}
     */
    public static Application of(String path) {
        int uid = -1;
        String app = null;
        String unit = null;
        String container = null;
        String parent = "";
        for (String component : path.split("/", -1)) {
            String name = component.startsWith("_") ? component.substring(1) : component;
            var owner = parent.equals("user.slice") ? USER_SLICE.matcher(name) : MANAGER.matcher(name);
            // Below a service or scope, names are whatever that made up; only user managers make units there.
            boolean open = unit == null
                    || unit.endsWith(".slice")
                    || MANAGER.matcher(unit).matches();
            if (open && UNIT.matcher(name).matches()) {
                uid = owner.matches() ? (int) Long.parseLong(owner.group(1)) : uid;
                boolean slice = name.endsWith(".slice");
                String found = app(name);
                app = found == null ? app : found;
                unit = slice && unit != null && MANAGER.matcher(unit).matches() ? unit : name;
            }
            String found = container(name, parent);
            container = found == null ? container : found;
            parent = name;
        }
        return new Application(app, unit, container, uid);
    }

    private static @Nullable String app(String unit) {
        if (unit.startsWith("snap.")) {
            var snap = SNAP.matcher(withoutRandom(unit));
            return snap.lookingAt() ? SystemdNames.unescape(snap.group(1) + "_" + snap.group(2)) : null;
        }
        if (unit.startsWith("dbus-:")) {
            String name = withoutInstance(unit);
            int dash = name.indexOf('-', "dbus-:".length());
            return dash < 0 ? null : SystemdNames.unescape(name.substring(dash + 1));
        }
        if (!unit.startsWith("app-")) {
            return null;
        }
        String name =
                withoutInstance(withoutRandom(unit.substring("app".length()))).substring(1);
        int launcher = name.indexOf('-');
        return SystemdNames.unescape(launcher < 0 ? name : name.substring(launcher + 1));
    }

    private static String withoutRandom(String unit) {
        return RANDOM.matcher(unit).replaceFirst("");
    }

    private static String withoutInstance(String unit) {
        String name = unit.replaceFirst("\\.(?:service|scope|slice)$", "");
        int at = name.indexOf('@');
        return at < 0 ? name : name.substring(0, at);
    }

    private static @Nullable String container(String name, String parent) {
        String stem = name.replaceFirst("\\.(?:scope|service)$", "");
        for (String engine : ENGINES) {
            if (stem.startsWith(engine)
                    && ID.matcher(stem.substring(engine.length())).matches()) {
                return stem.substring(engine.length());
            }
        }
        if (name.startsWith("lxc.payload.")) {
            return name.substring("lxc.payload.".length());
        }
        if (name.startsWith("machine-") && name.endsWith(".scope")) {
            return SystemdNames.unescape(stem.substring("machine-".length()));
        }
        if (name.startsWith("systemd-nspawn@") && name.endsWith(".service")) {
            return SystemdNames.unescape(stem.substring("systemd-nspawn@".length()));
        }
        if (parent.equals("lxc")) {
            return name;
        }
        boolean rooted = parent.equals("docker") || parent.startsWith("pod");
        return rooted && ID.matcher(name).matches() ? name : null;
    }

    /** Shortest text that says which application it is: the desktop application, the container, else the unit; null if none is known. */
    public @Nullable String label() {
        if (container != null) {
            return ID.matcher(container).matches() ? "container " + container.substring(0, SHORT_ID) : container;
        }
        return app != null ? app : unit;
    }
}
