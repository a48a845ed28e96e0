// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import java.util.Locale;

/** What {@link EngineBenchmark} can be told to leave the rest out for. */
public enum Part {
    /** Download over one connection. */
    STREAM,
    /** Download over many. */
    STREAMS,
    /** One byte to and fro. */
    PING,
    /** Connections that come and go. */
    CONNECTIONS,
    /** The same beside many downloads. */
    BUSY,
    /** UDP. */
    DATAGRAMS,
    /** Connections that say nothing. */
    IDLE;

    /** The part of this name, in any case. */
    static Part named(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }
}
