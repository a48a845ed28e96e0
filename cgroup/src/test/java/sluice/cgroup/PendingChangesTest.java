// SPDX-License-Identifier: Apache-2.0
package sluice.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PendingChangesTest {
    private final PendingChanges pending = new PendingChanges();

    private static CgroupChange created(long id, String path) {
        return new CgroupChange.Created(new Cgroup(id, path, 1));
    }

    private static CgroupChange removed(long id, String path) {
        return new CgroupChange.Removed(new Cgroup(id, path, 1));
    }

    /** Has another /a take the place of the one that /a/b was in. */
    private void replaceTheParent() {
        pending.add(removed(2, "/a/b"));
        pending.add(removed(1, "/a"));
        pending.add(created(3, "/a"));
        pending.add(created(2, "/a/b"));
    }

    @Test
    void whatCameAndWentIsLeftOut() {
        pending.add(created(1, "/a"));
        pending.add(created(2, "/a/b"));
        pending.add(removed(2, "/a/b"));
        assertThat(pending.take()).containsExactly(created(1, "/a"));
        assertThat(pending.take()).isEmpty();
    }

    @Test
    void whatMovesToTheSuccessorOfItsParentGoesBeforeAndComesAfterIt() {
        replaceTheParent();
        assertThat(pending.take())
                .containsExactly(removed(2, "/a/b"), removed(1, "/a"), created(3, "/a"), created(2, "/a/b"));
    }

    @Test
    void whatGoesWithTheSuccessorWentBeforeItsFirstParent() {
        replaceTheParent();
        pending.add(removed(2, "/a/b"));
        pending.add(removed(3, "/a"));
        assertThat(pending.take()).containsExactly(removed(2, "/a/b"), removed(1, "/a"));
    }
}
