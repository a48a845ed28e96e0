// SPDX-License-Identifier: Apache-2.0
package sluice.dns.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The machine's servers, and that what others said is not theirs. */
class SystemServersTest {
    @TempDir
    private Path directory;

    private final AtomicLong clock = new AtomicLong();
    private final AtomicInteger ids = new AtomicInteger();
    private int writes;

    private void write(String text) throws Exception {
        var file = Files.writeString(directory.resolve("resolv.conf"), text);
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000L + 1000L * writes++));
        clock.addAndGet(TimeUnit.SECONDS.toNanos(6));
    }

    @Test
    void haveAnotherNumberWhenTheyAreOthersAndOnlyThen() throws Exception {
        write("nameserver 192.0.2.1\n");
        var system = new SystemServers(directory.resolve("resolv.conf"), ids::getAndIncrement, clock::get);
        int id = system.id();
        write("# again\nnameserver 192.0.2.1\n");
        assertThat(system.id()).isEqualTo(id);
        write("nameserver 198.51.100.1\n");
        assertThat(system.id()).isNotEqualTo(id);
        assertThat(system.servers())
                .singleElement()
                .satisfies(server -> assertThat(server.uri()).hasToString("udp://198.51.100.1"));
    }
}
