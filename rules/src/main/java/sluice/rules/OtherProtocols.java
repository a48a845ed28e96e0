// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

/** What becomes of packets that are neither TCP nor UDP and that an application sends whose rule names a server or an outbound: neither takes them. */
public enum OtherProtocols {
    /** They go direct. */
    DIRECT,
    /** They are answered with an ICMP error. */
    REJECT,
    /** They are dropped without an answer. */
    DROP
}
