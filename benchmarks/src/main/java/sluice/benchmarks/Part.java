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
    /** Connections that come and go. A relay with one thread makes 12% more in one turn than in the next: only many turns tell relays apart. */
    CONNECTIONS(3),
    /** The same beside many downloads. */
    BUSY,
    /** UDP. */
    DATAGRAMS,
    /** Connections that say nothing. */
    IDLE;

    /** How many turns each relay has in a round. */
    final int turns;

    Part() {
        this(1);
    }

    Part(int turns) {
        this.turns = turns;
    }

    /** The part of this name, in any case. */
    static Part named(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }
}
