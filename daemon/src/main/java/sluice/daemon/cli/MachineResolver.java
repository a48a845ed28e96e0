// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import sluice.daemon.CgroupDirectories;
import sluice.netlink.sockdiag.SocketInfo;

/** The resolver of this machine that applications ask, such as systemd-resolved: where it runs, and whether that is a trap. */
final class MachineResolver {
    private final FileExplanation explanation;

    MachineResolver(FileExplanation explanation) {
        this.explanation = explanation;
    }

    /**
     * Where a resolver itself is proxied: its own questions would come to Sluice, which asks the resolver.
     *
     * @param listeners of TCP on port 53
     * @return one line each for an operator
     */
    List<String> proxied(List<SocketInfo> listeners) throws IOException {
        var ids = listeners.stream()
                .filter(listener -> isAsked(listener.local().getAddress()))
                .map(SocketInfo::cgroup)
                .collect(Collectors.toSet());
        var found = new ArrayList<String>();
        for (var directory : CgroupDirectories.of(explanation.root(), ids)) {
            proxied(directory, found);
        }
        return found;
    }

    private static boolean isAsked(InetAddress address) {
        return address.isLoopbackAddress() || address.isAnyLocalAddress();
    }

    private void proxied(Path directory, List<String> found) throws IOException {
        var view = explanation.explain(directory.toString());
        var decision = view.decision();
        if (decision != null && decision.target().startsWith("proxy ")) {
            found.add("names: a resolver of this machine runs in " + view.path() + ", which line " + decision.line()
                    + " ("
                    + decision.condition() + ") gives to " + decision.target()
                    + ": what it asks would come to Sluice, and what Sluice asks to it; put a rule before that one that lets"
                    + " it go direct, such as {unit: " + directory.getFileName() + ", direct: true}");
        }
    }
}
