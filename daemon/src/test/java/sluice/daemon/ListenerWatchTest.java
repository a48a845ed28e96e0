// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import sluice.rules.OtherProtocols;
import sluice.rules.Tproxy;
import sluice.rules.Tproxy.WhenDown;

class ListenerWatchTest {
    @Test
    void untilItHasLookedServersCountAsBeforeIfTheyAreStillWatched() throws Exception {
        var servers = List.of(
                server("direct", WhenDown.DIRECT), server("reject", WhenDown.REJECT), server("drop", WhenDown.DROP));
        try (var loop = ControlLoop.open();
                var watch = ListenerWatch.start(servers, Set.of("direct", "drop", "gone"), loop, () -> {})) {
            assertThat(watch.down()).containsExactly("direct");
        }
    }

    private static Tproxy server(String name, WhenDown whenDown) {
        return new Tproxy(name, 0x100, 12_345, false, false, whenDown, Optional.empty(), OtherProtocols.DIRECT);
    }
}
