// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import sluice.rules.EngineSettings;
import sluice.rules.Marks;
import sluice.rules.Outbound;
import sluice.rules.Route;

/**
 * What the engine does.
 *
 * @param targets outbounds that rules name: each has listeners of its own
 * @param outbounds ways out by name, in the order of the file, without the built-in {@code direct} and {@code block}
 * @param routes first match wins
 * @param marks with the loop guard's bits: every socket that sends has all of them
 */
public record EngineConfiguration(
        Set<String> targets,
        Map<String, Outbound> outbounds,
        List<Route> routes,
        Marks marks,
        EngineSettings settings) {
    private static final String BLOCK = "block";

    /** Keeps unmodifiable copies. */
    public EngineConfiguration {
        targets = Set.copyOf(targets);
        outbounds = Collections.unmodifiableMap(new LinkedHashMap<>(outbounds));
        routes = List.copyOf(routes);
    }

    /** Whether this outbound lets nothing out. */
    boolean refuses(String outbound) {
        return outbound.equals(BLOCK) || outbounds.get(outbound) instanceof Outbound.Block;
    }
}
