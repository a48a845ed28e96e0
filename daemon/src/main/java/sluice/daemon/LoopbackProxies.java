// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import sluice.netlink.sockdiag.SocketInfo;
import sluice.rules.Decision;
import sluice.rules.Endpoint;
import sluice.rules.Outbound;
import sluice.rules.Target;

/**
 * Proxies on loopback that are sent to themselves: their cgroup has the outbound that leads to them, so each of their connections would come back
 * as another one.
 *
 * @param outbounds of the configuration
 */
public record LoopbackProxies(Map<String, Outbound> outbounds) {
    /**
     * Where a cgroup is sent.
     *
     * @param outbound the target
     * @param by what says so, for people
     */
    public record Sent(String outbound, String by) {
        /** What a rule decides; null unless it sends to an outbound. */
        public static @Nullable Sent of(Optional<Decision> decision) {
            return decision.isPresent() && decision.get().target() instanceof Target.Proxy(var outbound)
                    ? new Sent(
                            outbound,
                            "line " + decision.get().rule().line() + " ("
                                    + decision.get().rule().condition() + ")")
                    : null;
        }
    }

    /** Whether there is any proxy on loopback. */
    public boolean exist() {
        return outbounds.values().stream().anyMatch(outbound -> server(outbound) != null);
    }

    /**
     * Those that run now and are sent to themselves.
     *
     * @param root directory of the managed root
     * @param sent where the cgroup at a path below the root is sent
     * @param listeners of TCP
     * @return one line each for an operator
     */
    public List<String> sentToThemselves(Path root, Function<String, @Nullable Sent> sent, List<SocketInfo> listeners)
            throws IOException {
        var lines = new ArrayList<String>();
        for (var outbound : outbounds.values()) {
            var server = server(outbound);
            if (server != null) {
                for (var directory : CgroupDirectories.of(root, cgroups(server, listeners))) {
                    var path = directory.toString().substring(root.toString().length());
                    var by = sent.apply(path);
                    if (by != null && leads(by.outbound, outbound.name(), new HashSet<>())) {
                        lines.add(line(outbound, server, path, by));
                    }
                }
            }
        }
        return lines;
    }

    /** Of the sockets that listen there. */
    private static Set<Long> cgroups(Endpoint server, List<SocketInfo> listeners) {
        var address = loopback(server);
        return listeners.stream()
                .filter(socket ->
                        address != null && socket.local().getPort() == server.port() && socket.serves(address))
                .map(SocketInfo::cgroup)
                .collect(Collectors.toSet());
    }

    private static String line(Outbound outbound, Endpoint server, String path, Sent by) {
        return "outbounds." + outbound.name() + ": the proxy at " + server + " runs in " + path + ", which " + by.by
                + " gives to proxy " + by.outbound
                + ": each of its connections would come back to it, and is refused; put a rule before that one that lets the"
                + " proxy go direct, such as {" + condition(path)
                + ", direct: true}, and give the proxy a cgroup of its own";
    }

    private static String condition(String path) {
        var name = path.substring(path.lastIndexOf('/') + 1);
        return path.startsWith("/system.slice/") && name.endsWith(".service")
                ? "unit: " + name
                : "match: '^" + path.replace(".", "\\.") + "$'";
    }

    /** Where a proxy is that our own socket is connected to; null if it is not on loopback, or is none. */
    private @Nullable Endpoint server(Outbound outbound) {
        var server = switch (outbound) {
            case Outbound.Socks5 socks when isNear(socks.dial()) -> socks.server();
            case Outbound.Http http when isNear(http.dial()) -> http.server();
            default -> null;
        };
        return server != null && loopback(server) != null ? server : null;
    }

    /** Whether our own socket is connected to the proxy. */
    private boolean isNear(Outbound.Dial dial) {
        return dial.via()
                .map(via -> via.equals("direct") || outbounds.get(via) instanceof Outbound.Direct)
                .orElse(true);
    }

    private static @Nullable InetAddress loopback(Endpoint server) {
        try {
            var address = InetAddress.ofLiteral(server.host().equals("localhost") ? "127.0.0.1" : server.host());
            return address.isLoopbackAddress() ? address : null;
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    /** Whether flows of an outbound may go by another one. */
    private boolean leads(String from, String to, Set<String> seen) {
        if (from.equals(to)) {
            return true;
        }
        return seen.add(from)
                && switch (outbounds.get(from)) {
                    case Outbound.Group group -> group.outbounds().stream().anyMatch(member -> leads(member, to, seen));
                    case Outbound.Dialing dialing ->
                        dialing.dial().via().map(via -> leads(via, to, seen)).orElse(false);
                    case null, default -> false;
                };
    }
}
