// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import sluice.control.FlowView;
import sluice.control.FlowsView;

class FlowNewsTest {
    private static final String START = "2026-01-01T00:00:00Z";

    private static FlowView flow(long id, @Nullable String end) {
        return new FlowView(
                id, "tcp", "a", null, null, null, null, null, "c", "d", null, "t", null, List.of(), START, 1, 2, 3, end,
                null);
    }

    private static List<FlowView> live(long... ids) {
        return Arrays.stream(ids).mapToObj(id -> flow(id, null)).toList();
    }

    private static List<FlowView> ended(long... ids) {
        return Arrays.stream(ids).mapToObj(id -> flow(id, "finished")).toList();
    }

    @Test
    void eachBeginningAndEachEndIsToldOnce() {
        var news = new FlowNews(new FlowsView(live(1, 2), List.of(), 7, START));
        assertThat(news.position()).isEqualTo(7);
        var since = news.take(new FlowsView(live(2, 3, 5), ended(1, 4), 9, START));
        assertThat(since.flows()).extracting(FlowView::id).containsExactly(3L, 5L, 1L, 4L);
        assertThat(since.missed()).isZero();
        assertThat(news.take(new FlowsView(live(2, 3, 5), List.of(), 9, START)).flows())
                .isEmpty();
    }

    @Test
    void whatEndedFasterThanItIsRememberedIsCounted() {
        var news = new FlowNews(new FlowsView(List.of(), List.of(), 10, START));
        assertThat(news.take(new FlowsView(List.of(), ended(99, 100), 100, START))
                        .missed())
                .isEqualTo(88);
        assertThat(news.take(new FlowsView(List.of(), ended(101), 101, START)).missed())
                .isZero();
    }

    @Test
    void afterARestartEveryFlowIsNewWhateverItsNumber() {
        var news = new FlowNews(new FlowsView(live(1, 500), List.of(), 400, START));
        var restarted = new FlowsView(live(1), ended(2), 1, "2026-01-01T00:01:00Z");
        assertThat(news.continues(restarted)).isFalse();
        var since = news.take(restarted);
        assertThat(since.flows()).extracting(FlowView::id).containsExactly(1L, 2L);
        assertThat(since.missed()).isZero();
        assertThat(news.position()).isEqualTo(1);
    }
}
