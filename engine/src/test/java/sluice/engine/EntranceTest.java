// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sluice.linux.FileDescriptor;
import sluice.linux.InetEndpoint;
import sluice.linux.StreamListener;

class EntranceTest {
    private static final InetEndpoint ANY_PORT = new InetEndpoint(InetAddress.ofLiteral("127.0.0.1"), 0);

    @Test
    void nothingPacesWhatApplicationsAreSent() throws Exception {
        try (var entrance = Entrance.open("direct", new HashMap<>(), false)) {
            assertThat(congestionControl(entrance)).containsPattern("\\breno\\b");
        }
    }

    @Test
    void nothingPacesItAfterARestartEither() throws Exception {
        FileDescriptor kept = StreamListener.open(ANY_PORT, 1, false).descriptor();
        try (var entrance = Entrance.open("direct", new HashMap<>(Map.of("engine.tcp4.direct", kept)), false)) {
            assertThat(congestionControl(entrance)).containsPattern("\\breno\\b");
        }
    }

    /** What the kernel says of its IPv4 listener. */
    private static String congestionControl(Entrance entrance) throws IOException {
        var shown = new ProcessBuilder("ss", "-4tlniH", "sport = :" + entrance.port()).start();
        return new String(shown.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
