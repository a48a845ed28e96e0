// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

/** Application protocols that a flow's first bytes give away. */
public enum Protocol {
    /** RFC 8446 and earlier versions, over TCP. */
    TLS,
    /** RFC 9112 and the preface of RFC 9113, in the clear, over TCP. */
    HTTP,
    /** RFC 9000 and RFC 9369, over UDP. */
    QUIC
}
