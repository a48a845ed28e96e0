// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

/** What is counted about datagrams; a train (UDP_GRO) counts as the datagrams that it is. */
public enum UdpCounter {
    /** Datagrams from applications. */
    FROM_CLIENTS,
    /** Datagrams from peers. */
    FROM_PEERS,
    /** System calls that brought datagrams: how many came at once is the quotient. */
    RECEIVED_AT_ONCE,
    /** Dropped: the datagram's destination is not known, or is the engine itself. */
    LOOP,
    /** Dropped: sent to the engine's own port by a process, and not redirected there. */
    UNREDIRECTED,
    /** Dropped: the loop is behind, and the client socket has had its queries and new peers for the moment. */
    OVERLOAD,
    /** Dropped: as many client sockets as there may be. */
    OVER_MAPPINGS,
    /** Dropped: as many flows, or peers of one client socket, or such that it has not sent to, as there may be. */
    OVER_PEERS,
    /** Dropped: too much waits already for an association or a name. */
    OVER_WAITING,
    /** Dropped: too many open files. */
    OVER_DESCRIPTORS,
    /** Dropped: the outbound refuses it, or could not be reached. */
    REFUSED,
    /** Dropped: the way out is slower than the application. */
    NO_ROOM,
    /** Dropped: the kernel did not take it, such as one that is too long for the way or has no route. */
    SEND_FAILED,
    /**
     * Dropped: a proxy's datagram that is not one of its protocol, or from elsewhere than the one name that it is asked for; any datagram from an
     * address that nobody outside has, or from a peer that the client reaches by another outbound.
     */
    NOT_UNDERSTOOD,
    /** Dropped: no socket for answers from that port, because a server of this machine has the port to itself. */
    NO_REPLY_SOCKET,
    /** ICMP errors that came back for datagrams. */
    ICMP_ERRORS,
    /** Refusals among them that the application was told of. */
    REFUSALS_TOLD,
    /** Refusals that it was not told of: its socket is not connected, or there were too many within a second. */
    REFUSALS_UNTOLD
}
