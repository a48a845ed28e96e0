// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import java.time.Duration;
import sluice.engine.flow.Room;
import sluice.rules.EngineSettings;

/**
 * How much of everything there may be at once.
 *
 * @param mappings client sockets, each of which costs one or two descriptors, and local ports
 * @param peers peers of one client socket that it has sent to
 * @param named sockets that serve one name of one client only, because answers could not be told apart otherwise
 * @param replySockets sockets for answers, one for each port (and family) that peers answer from
 * @param waitingBytes payload, in all, that waits for an association or a name
 * @param idle a peer is forgotten when nothing moved for this
 * @param unanswered the same while it has not answered
 * @param connect longest wait for an association
 */
public record UdpLimits(
        int mappings,
        int peers,
        int named,
        int replySockets,
        int waitingBytes,
        Duration idle,
        Duration unanswered,
        Duration connect) {
    private static final int MOST_PEERS = 4096;
    private static final int STRANGERS_SHARE = 16;
    private static final int MOST_REPLY_SOCKETS = 512;
    private static final int WAITING_BYTES = 4 << 20;
    private static final Duration UNANSWERED = Duration.ofSeconds(30);

    /** Peers of one client socket that it has not sent to: few, for anybody can be one. */
    int strangers() {
        return Math.ceilDiv(peers, STRANGERS_SHARE);
    }

    /** The limits that settings and this process allow. */
    public static UdpLimits within(EngineSettings settings, Room room) {
        var idle = settings.udpTimeout();
        int descriptors = room.descriptors();
        return new UdpLimits(
                // Every socket of the machine that is bound to no address has a port to itself: half are for the
                // others.
                Math.max(1, Math.min(room.freeDescriptors(), room.ports() / 2)),
                MOST_PEERS,
                Math.max(1, descriptors / 16),
                Math.clamp(descriptors / 32, 1, MOST_REPLY_SOCKETS),
                WAITING_BYTES,
                idle,
                idle.compareTo(UNANSWERED) < 0 ? idle : UNANSWERED,
                settings.connectTimeout());
    }
}
