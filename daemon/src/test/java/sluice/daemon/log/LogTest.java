// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static sluice.linux.SocketConstants.AF_UNIX;
import static sluice.linux.SocketConstants.SOCK_DGRAM;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import sluice.linux.NativeSocket;
import sluice.linux.UnixAddress;

class LogTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-02T03:04:05.678Z"), ZoneOffset.UTC);

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final List<String> lines = new ArrayList<>();
    private final Sink collecting = (level, logger, message) -> lines.add(level + " " + message);

    @TempDir
    Path directory;

    @Test
    void slf4jFindsThisBackend() {
        assertThat(LoggerFactory.getILoggerFactory().getLogger("sluice.x")).isInstanceOf(LineLogger.class);
    }

    @Test
    void anEventIsOneLineWhateverIsInIt() {
        var log = new LineLogger("sluice.x", collecting, new Threshold(Level.INFO));
        log.warn("cgroup {} has {}", "/a\nERROR forged\033[2J", 3, new IllegalStateException("why"));
        assertThat(lines).singleElement().asString().satisfies(line -> {
            assertThat(line)
                    .startsWith("WARN cgroup /a | ERROR forged\\x1b[2J has 3: java.lang.IllegalStateException: why");
            assertThat(line).contains(" | at ").doesNotContain("\n", "\033");
        });
    }

    @Test
    void librariesAreHeardFromWarningsOn() {
        var threshold = Threshold.parse("debug");
        new LineLogger("sluice.daemon.Daemon", collecting, threshold).debug("ours");
        new LineLogger("io.netty.util", collecting, threshold).info("theirs");
        new LineLogger("io.netty.util", collecting, threshold).warn("their warning");
        assertThat(lines).containsExactly("DEBUG ours", "WARN their warning");
        assertThat(Threshold.parse("rubbish").own()).isEqualTo(Level.INFO);
    }

    @Test
    void linesCarryTimeAndLevelOrSystemdsPrefix() {
        new Sink.Lines(new PrintStream(bytes, true, UTF_8), CLOCK, false).write(Level.WARN, "x", "hello");
        new Sink.Lines(new PrintStream(bytes, true, UTF_8), CLOCK, true).write(Level.ERROR, "x", "hello");
        assertThat(bytes.toString(UTF_8)).isEqualTo("2026-01-02T03:04:05.678Z WARN hello\n<3>hello\n");
    }

    @Test
    void theJournalGetsFields() throws Exception {
        var path = directory.resolve("journal");
        try (var journald = NativeSocket.open(AF_UNIX, SOCK_DGRAM, 0, "test journal")) {
            journald.bind(new UnixAddress(path.toString(), false));
            new Journal(path, collecting).write(Level.INFO, "sluice.x", "in force");
            var buffer = ByteBuffer.allocateDirect(1000);
            journald.receive(buffer);
            assertThat(UTF_8.decode(buffer.flip()).toString())
                    .isEqualTo("PRIORITY=6\nSYSLOG_IDENTIFIER=sluice\nSLUICE_LOGGER=sluice.x\nMESSAGE=in force\n");
        }
    }

    @Test
    void whatTheJournalDoesNotTakeIsNotLost() throws Exception {
        var path = directory.resolve("journal");
        Journal journal;
        try (var journald = NativeSocket.open(AF_UNIX, SOCK_DGRAM, 0, "test journal")) {
            journald.bind(new UnixAddress(path.toString(), false));
            journal = new Journal(path, collecting);
        }
        journal.write(Level.ERROR, "sluice.x", "journald is gone");
        assertThat(lines).containsExactly("ERROR journald is gone");
    }

    @Test
    void theJournalIsRecognizedByDeviceAndInode() throws Exception {
        var stream = Files.createFile(directory.resolve("stream"));
        var dev = Files.getAttribute(stream, "unix:dev");
        var ino = Files.getAttribute(stream, "unix:ino");
        assertThat(Sink.leadsTo(dev + ":" + ino, stream)).isTrue();
        assertThat(Sink.leadsTo(dev + ":1", stream)).isFalse();
        assertThat(Sink.leadsTo(null, stream)).isFalse();
    }
}
