// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import sluice.testkit.Await;
import sluice.testkit.Lab;

/** What tables, policy rules and routes a lab's machine has, as nft and ip tell it, for comparison. */
final class KernelState {
    // The set of older UDP ports goes by itself half a minute after the first start.
    private static final String QUESTIONS = """
            nft -s list ruleset |
                sed '/^\tset served {/,/^\t}/d; /^\tset older[46] {/,/^\t}/d; /of a flow that is older than this table/d; /^$/d'
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

    /** Returns once everything is as it was {@code before}. */
    static void awaitAgain(String after, Lab lab, String before) {
        var now = new AtomicReference<>("");
        Await.until(
                () -> "the kernel's state before and after " + after + ":\n" + before + "\n--- now:\n" + now,
                Await.SOON,
                () -> {
                    now.set(of(lab));
                    return now.get().equals(before);
                });
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
