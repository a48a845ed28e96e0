// SPDX-License-Identifier: Apache-2.0
package sluice.engine.names;

import org.jspecify.annotations.Nullable;
import sluice.dns.Asker;
import sluice.engine.flow.Owner;
import sluice.linux.InetEndpoint;

/** Who asks over TCP; whose connection it is was looked up when it was accepted. */
record StreamAsker(InetEndpoint client, InetEndpoint server, String target, Owner owner) implements Asker {
    @Override
    public boolean overTcp() {
        return true;
    }

    @Override
    public String share() {
        return owner.share();
    }

    @Override
    public @Nullable String cgroup() {
        return owner.cgroup();
    }
}
