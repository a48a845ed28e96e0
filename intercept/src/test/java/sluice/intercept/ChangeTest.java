// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import sluice.cgroup.Cgroup;

class ChangeTest {
    private static Assignment assignment(long id, String path, int rule) {
        return new Assignment(new Cgroup(id, path, 1), new Ruling(rule, Verdict.DIRECT), false, false, false);
    }

    @Test
    void aCgroupThatCameAndWentLeavesNothingToDo() {
        var brief = assignment(1, "/a", 0);
        assertThat(Change.net(List.of(new Change(null, brief), new Change(brief, null))))
                .isEmpty();
    }

    @Test
    void aPathMadeAnewIsOneCgroupLessAndOneMore() {
        var old = assignment(1, "/a", 0);
        var anew = assignment(2, "/a", 0);
        assertThat(Change.net(List.of(new Change(old, anew), new Change(anew, null), new Change(null, anew))))
                .containsExactly(new Change(old, null), new Change(null, anew));
    }

    @Test
    void severalChangesOfOneCgroupBecomeOne() {
        var first = assignment(1, "/a", 0);
        var second = assignment(1, "/a", 1);
        var third = assignment(1, "/a", 2);
        assertThat(Change.net(List.of(new Change(first, second), new Change(second, third))))
                .containsExactly(new Change(first, third));
    }
}
