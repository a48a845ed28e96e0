// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InotifyTest {
    private record Event(int watch, int mask, String name) {}

    @TempDir
    Path directory;

    @Test
    void whatIsMadeAndRemovedIsToldInOrder() throws Exception {
        try (var inotify = Inotify.open()) {
            int watch = inotify.watch(directory.toString(), Inotify.IN_CREATE | Inotify.IN_DELETE);
            var sub = Files.createDirectory(directory.resolve("näme"));
            Files.createFile(directory.resolve("a file"));
            Files.delete(sub);
            assertThat(read(inotify))
                    .containsExactly(
                            new Event(watch, Inotify.IN_CREATE | Inotify.IN_ISDIR, "näme"),
                            new Event(watch, Inotify.IN_CREATE, "a file"),
                            new Event(watch, Inotify.IN_DELETE | Inotify.IN_ISDIR, "näme"));
        }
    }

    @Test
    void nothingToReadIsNoError() throws Exception {
        try (var inotify = Inotify.open()) {
            assertThat(inotify.read((watch, mask, name) -> {})).isFalse();
        }
    }

    @Test
    void anEndedWatchSaysSoAndEndingItTwiceIsNoError() throws Exception {
        try (var inotify = Inotify.open()) {
            int watch = inotify.watch(directory.toString(), Inotify.IN_CREATE);
            inotify.remove(watch);
            inotify.remove(watch);
            assertThat(read(inotify)).containsExactly(new Event(watch, Inotify.IN_IGNORED, ""));
        }
    }

    @Test
    void watchingWhatIsNotThereIsNotFound() throws Exception {
        try (var inotify = Inotify.open()) {
            assertThatThrownBy(() -> inotify.watch(directory + "/none\nsuch", Inotify.IN_CREATE))
                    .isInstanceOf(NotFoundException.class)
                    .hasMessageContaining("/none\\x0asuch: ENOENT");
        }
    }

    private static List<Event> read(Inotify inotify) throws Exception {
        var events = new ArrayList<Event>();
        boolean more = true;
        while (more) {
            more = inotify.read((watch, mask, name) -> events.add(new Event(watch, mask, name)));
        }
        return events;
    }
}
