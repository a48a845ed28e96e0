// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LookupQueueTest {
    private final LookupQueue<String, Integer> queue = new LookupQueue<>();
    private final List<String> started = new ArrayList<>();

    /** Lets so many go on, of these applications only. */
    private List<String> release(int places, String... shares) {
        int[] left = {places};
        started.clear();
        queue.release(
                claimant -> List.of(shares).contains(claimant.share()) && left[0]-- > 0 ? 1 : null,
                (question, place) -> started.add(question));
        return started;
    }

    private void add(String share, String... questions) {
        for (var question : questions) {
            queue.add(share, () -> share, question, 10);
        }
    }

    @Test
    void applicationsTakeTurnsAndTheirQuestionsKeepTheirOrder() {
        add("/a", "a1", "a2", "a3", "a4");
        add("/b", "b1", "b2");
        add("/c", "c1");
        assertThat(release(9, "/a", "/b", "/c")).containsExactly("a1", "b1", "c1", "a2", "b2", "a3", "a4");
        assertThat(release(9, "/a", "/b", "/c")).isEmpty();
    }

    @Test
    void anApplicationWithoutAPlaceHoldsUpNoOther() {
        add("/a", "a1", "a2");
        add("/b", "b1", "b2");
        assertThat(release(9, "/b")).containsExactly("b1", "b2");
        assertThat(release(1, "/a")).containsExactly("a1");
    }

    @Test
    void aQuestionOfSeveralApplicationsGoesOnOnce() {
        add("/a", "a1", "shared");
        add("/b", "shared", "b1", "shared");
        assertThat(release(9, "/b")).containsExactly("shared", "b1");
        assertThat(release(9, "/a", "/b")).containsExactly("a1");
        add("/a", "again");
        add("/b", "again");
        queue.remove("again");
        assertThat(release(9, "/a", "/b")).isEmpty();
    }

    @Test
    void aQuestionExpiresWhenItIsTooOldForAllOfItsApplications() {
        add("/a", "a1", "shared");
        queue.add("/b", () -> "/b", "shared", 20);
        queue.add("/a", () -> "/a", "a2", 20);
        assertThat(queue.expire(10)).isEmpty();
        assertThat(queue.expire(11)).containsExactly("a1");
        assertThat(queue.expire(21)).containsExactlyInAnyOrder("a2", "shared");
        assertThat(release(9, "/a", "/b")).isEmpty();
    }
}
