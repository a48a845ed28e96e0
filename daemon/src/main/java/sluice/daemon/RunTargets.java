// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.util.ArrayList;
import java.util.List;
import sluice.rules.Configuration;

/** What {@code sluice run} can send a program's traffic to, as its options. */
final class RunTargets {
    private static final int NAMED = 50;

    private RunTargets() {}

    static String of(Configuration configuration) {
        List<String> options = new ArrayList<>(List.of("--direct", "--drop"));
        configuration.tproxies().keySet().forEach(name -> options.add("--tproxy " + name));
        configuration.outbounds().keySet().forEach(name -> options.add("--proxy " + name));
        options.add("--proxy direct");
        options.add("--proxy block");
        int more = options.size() - NAMED;
        return String.join(", ", options.subList(0, Math.min(NAMED, options.size())))
                + (more > 0 ? " and " + more + " more" : "");
    }
}
