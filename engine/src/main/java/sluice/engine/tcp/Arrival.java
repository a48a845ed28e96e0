// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import org.jspecify.annotations.Nullable;
import sluice.bounds.Claimant;
import sluice.engine.Attribution;
import sluice.engine.flow.Owner;
import sluice.engine.flow.Transport;
import sluice.linux.InetEndpoint;
import sluice.linux.StreamSocket;

/** A connection that was accepted and is not a flow yet. Owns its socket until it is taken over. The loop's thread only. */
final class Arrival implements Claimant {
    final String target;
    final StreamSocket socket;
    final InetEndpoint client;
    final InetEndpoint destination;

    private final TcpEngine engine;
    private final Attribution attribution;
    private @Nullable Owner owner;

    Arrival(
            TcpEngine engine,
            Attribution attribution,
            String target,
            StreamSocket socket,
            InetEndpoint client,
            InetEndpoint destination) {
        this.engine = engine;
        this.attribution = attribution;
        this.target = target;
        this.socket = socket;
        this.client = client;
        this.destination = destination;
    }

    /** The application that connected. A client that has closed is not found. */
    Owner owner() {
        var known = owner;
        if (known == null) {
            known = attribution.ownerOrUnknown(Transport.TCP, client, destination);
            owner = known;
        }
        return known;
    }

    /** Finds out the owner of its flow, where that is not known yet. */
    Attribution attribution() {
        var known = owner;
        return known == null ? attribution : Attribution.known(known);
    }

    @Override
    public String share() {
        return owner().share();
    }

    /** Makes it a flow. */
    void begin() {
        engine.begin(this);
    }
}
