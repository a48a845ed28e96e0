// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sluice.control.ExplainView;
import sluice.rules.ShareKey;
import sluice.rules.Target;

/**
 * Names of the cgroups that {@code sluice run} puts programs into: {@code /sluice-run/TARGET/PID}. The target is part of the
 * path, so that the next daemon knows it as well. Only root can make directories there.
 */
final class RunCgroup {
    /** Parent of all of them, relative to the managed root. */
    static final String PARENT = "/" + ShareKey.RUN;

    /** Stands where the index of a rule in the configuration would. */
    static final int RULE = -1;

    private static final Pattern PATH = Pattern.compile(PARENT + "/([a-z]+)(?:=([^/]*))?");

    private RunCgroup() {}

    /** The path of the cgroup below which programs with this target run. */
    static String parent(Target target) {
        return PARENT + "/"
                + switch (target) {
                    case Target.Direct() -> "direct";
                    case Target.Drop(var kind) ->
                        switch (kind) {
                            case TRUE -> "drop";
                            case ALL -> "dropall";
                            case REJECT -> "reject";
                        };
                    case Target.Tproxy(var name) -> "tproxy=" + encode(name);
                    case Target.Proxy(var outbound) -> "proxy=" + encode(outbound);
                };
    }

    /** The target that the cgroup at this path itself stands for, or null if it is none of these cgroups. */
    static @Nullable Target target(String path) {
        if (!path.startsWith(PARENT)) {
            return null;
        }
        var matcher = PATH.matcher(path);
        if (!matcher.matches()) {
            return null;
        }
        var name = matcher.group(2) == null ? "" : decode(matcher.group(2));
        return switch (matcher.group(1)) {
            case "direct" -> new Target.Direct();
            case "drop" -> new Target.Drop(Target.Drop.Kind.TRUE);
            case "dropall" -> new Target.Drop(Target.Drop.Kind.ALL);
            case "reject" -> new Target.Drop(Target.Drop.Kind.REJECT);
            case "tproxy" -> new Target.Tproxy(name);
            case "proxy" -> new Target.Proxy(name);
            default -> null;
        };
    }

    /** Whether the path belongs to {@code sluice run}, so that rules of the configuration do not apply. */
    static boolean owns(String path) {
        return path.equals(PARENT) || path.startsWith(PARENT + "/");
    }

    /**
     * What explains the cgroup at this path.
     *
     * @param inForce its target, which is another than that in its name where the configuration has lost it; null: it stands for none
     */
    static ExplainView.Match match(String path, @Nullable Target inForce) {
        var promised = target(path);
        if (promised == null || inForce == null) {
            return new ExplainView.Match(path, 0, null, null);
        }
        var lost = inForce.equals(promised) ? "" : ": the configuration has no " + promised.description() + " any more";
        return new ExplainView.Match(path, 0, "sluice run" + lost, inForce.description());
    }

    private static String encode(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("*", "%2A");
    }

    private static String decode(String name) {
        try {
            return URLDecoder.decode(name, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return name;
        }
    }
}
