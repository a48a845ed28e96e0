// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NamespaceGuardTest {
    @Test
    void refusesTheNamespaceItWasStartedFrom() {
        assertThat(NamespaceGuard.refusal("net:[1]", "net:[1]")).contains("was started from");
    }

    @Test
    void refusesWhenTheParentIsNotKnown() {
        assertThat(NamespaceGuard.refusal(null, "net:[1]")).contains("SLUICE_PARENT_NETNS is not set");
        assertThat(NamespaceGuard.refusal(" ", "net:[1]")).contains("SLUICE_PARENT_NETNS is not set");
    }

    @Test
    void allowsAPrivateNamespace() {
        assertThat(NamespaceGuard.refusal("net:[1]", "net:[2]")).isNull();
    }
}
