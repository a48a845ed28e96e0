// SPDX-License-Identifier: Apache-2.0
/** How fast Sluice is, beside the least that could do the same. */
module sluice.benchmarks {
    requires static transitive org.jspecify;
    requires transitive sluice.testkit;

    exports sluice.benchmarks;
}
