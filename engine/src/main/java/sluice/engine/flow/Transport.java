// SPDX-License-Identifier: Apache-2.0
package sluice.engine.flow;

/** Transport protocols that the engine carries. */
public enum Transport {
    /** RFC 9293. */
    TCP,
    /** RFC 768. */
    UDP
}
