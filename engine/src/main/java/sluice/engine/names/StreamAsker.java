// SPDX-License-Identifier: Apache-2.0
package sluice.engine.names;

import org.jspecify.annotations.Nullable;
import sluice.dns.Asker;
import sluice.linux.InetEndpoint;

/** Who asks over TCP; whose connection it is was looked up when it was accepted. */
record StreamAsker(
        InetEndpoint client,
        InetEndpoint server,
        String target,
        @Nullable String cgroup) implements Asker {
    @Override
    public boolean overTcp() {
        return true;
    }
}
