// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import sluice.bounds.Bound;
import sluice.bounds.Bounds;

/**
 * The bounds of {@link UdpLimits} that all applications share.
 *
 * @param mappings client sockets
 * @param named sockets that serve one name of one client only
 * @param answerPorts sockets for answers
 * @param waitingBytes payload that waits for an association or a name
 * @param refusals within one second, of which applications are told
 * @param lateAnswers answers to queries that wait to be sent
 */
record UdpShares(
        Bound mappings, Bound named, Bound answerPorts, Bound waitingBytes, Bound refusals, Bound lateAnswers) {
    private static final int REFUSALS_IN_A_SECOND = 100;
    private static final int LATE_ANSWERS = 4096;

    static UdpShares of(Bounds bounds, UdpLimits limits) {
        return new UdpShares(
                bounds.add("udp-sockets", limits.mappings()),
                bounds.add("udp-name-sockets", limits.named()),
                bounds.add("udp-answer-ports", limits.replySockets()),
                bounds.add("udp-waiting-bytes", limits.waitingBytes()),
                bounds.add("udp-refusals-in-a-second", REFUSALS_IN_A_SECOND),
                bounds.add("dns-udp-answers", LATE_ANSWERS));
    }

    void apply(UdpLimits limits) {
        mappings.most(limits.mappings());
        named.most(limits.named());
        answerPorts.most(limits.replySockets());
        waitingBytes.most(limits.waitingBytes());
    }
}
