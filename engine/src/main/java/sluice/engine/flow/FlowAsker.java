// SPDX-License-Identifier: Apache-2.0
package sluice.engine.flow;

import org.jspecify.annotations.Nullable;
import sluice.dns.Asker;
import sluice.linux.InetEndpoint;

/** A flow as somebody who asks for its destination's true address. */
public record FlowAsker(Flow flow) implements Asker {
    @Override
    public InetEndpoint client() {
        return flow.client();
    }

    @Override
    public InetEndpoint server() {
        return flow.destination().endpoint();
    }

    @Override
    public String target() {
        return flow.target();
    }

    @Override
    public boolean overTcp() {
        return true;
    }

    @Override
    public String share() {
        return flow.share();
    }

    @Override
    public @Nullable String cgroup() {
        return flow.owner().cgroup();
    }
}
