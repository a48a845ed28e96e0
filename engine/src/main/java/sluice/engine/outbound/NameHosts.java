// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.dns.Asker;
import sluice.dns.NameService;
import sluice.engine.flow.FlowEnd;
import sluice.engine.park.Deadline;

/**
 * Where flows lead, as our own DNS knows it: true addresses, never made-up ones.
 *
 * @param asker whose flow it is, or null
 */
record NameHosts(NameService names, @Nullable Asker asker) implements Hosts {
    @Override
    public boolean isSorted() {
        return false;
    }

    @Override
    public boolean mayLearn() {
        return true;
    }

    @Override
    public List<InetAddress> addresses(Peer peer, String outbound, Deadline deadline) throws DialException {
        var known = peer.address();
        var name = peer.name();
        if (known != null || name == null) {
            return known == null ? List.of() : List.of(known);
        }
        try {
            return names.resolve(asker, name, deadline.left());
        } catch (UnknownHostException e) {
            throw DialException.atDestination(
                    FlowEnd.UNREACHABLE, "outbound " + outbound + ": look up " + name + ": " + e.getMessage());
        }
    }
}
