// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import sluice.testkit.Lab;

/** What tables, policy rules and routes a lab's machine has, as nft and ip tell it, for comparison. */
final class KernelState {
    // The set of older UDP ports goes by itself half a minute after the first start.
    private static final String QUESTIONS = """
            nft -s list ruleset |
                sed '/set served {/,/}/d; /set older[46] {/,/}/d; /of a flow that is older than this table/d; /^$/d'
            for family in -4 -6; do
                ip $family rule show
                ip $family route show table all
            done
            """;

    private KernelState() {}

    /** Everything, without what packets change, and without the rules that a table has in its first half minute only. */
    static String of(Lab lab) throws IOException {
        return lab.here().script(QUESTIONS).out();
    }

    /** Fails unless nothing of Sluice is there any more. */
    static void assertNothingLeft(Lab lab) throws IOException {
        assertThat(of(lab))
                .doesNotContain("table inet sluice")
                .doesNotContain("fwmark 0xbb8")
                .doesNotContain("table 300")
                .doesNotContain("lookup 300");
    }
}
