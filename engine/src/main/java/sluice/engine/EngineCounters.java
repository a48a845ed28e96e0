// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import java.util.Map;
import sluice.engine.flow.FlowEnd;

/**
 * Numbers since the engine started, taken one after the other while it runs.
 *
 * @param started flows that began, refused ones included
 * @param active flows that live now
 * @param limit most flows at once, now
 * @param overLimit flows refused because there were as many as {@code limit}
 * @param overApplicationLimit flows refused because their application had too many
 * @param overDescriptors flows refused because this process or the machine had too many open files
 * @param unredirected connections refused because they were made to a listener of the engine's, and not redirected there
 * @param ended flows by why they ended
 */
public record EngineCounters(
        long started,
        int active,
        int limit,
        long overLimit,
        long overApplicationLimit,
        long overDescriptors,
        long unredirected,
        Map<FlowEnd, Long> ended) {
    /** Keeps an unmodifiable copy. */
    public EngineCounters {
        ended = Map.copyOf(ended);
    }
}
