// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryTest {
    @TempDir
    Path directory;

    @Test
    void listsEverySubdirectoryWithItsInodeAndNothingElse() throws Exception {
        Files.createFile(directory.resolve("file"));
        Files.createSymbolicLink(directory.resolve("link"), directory);
        var expected = new HashMap<String, Long>();
        for (int i = 0; i < 2_000; i++) {
            var sub = Files.createDirectory(directory.resolve("a rather long name of a directory " + i));
            expected.put(sub.getFileName().toString(), (Long) Files.getAttribute(sub, "unix:ino"));
        }
        assertThat(list(directory.toString())).isEqualTo(expected);
    }

    @Test
    void aDirectoryThatIsNotThereIsEmpty() throws Exception {
        assertThat(Directory.open(directory + "/none")).isEmpty();
        assertThat(FileStatus.of(directory + "/none")).isEmpty();
    }

    @Test
    void aDirectoryRemovedWhileOpenEndsItsListing() throws Exception {
        var sub = Files.createDirectory(directory.resolve("sub"));
        try (var open = Directory.open(sub.toString()).orElseThrow()) {
            Files.delete(sub);
            open.subdirectories((name, inode) -> assertThat(name).isNull());
        }
    }

    @Test
    void statusTellsInodeLinksAndType() throws Exception {
        var file = Files.createFile(directory.resolve("file"));
        Files.createLink(directory.resolve("second"), file);
        var status = FileStatus.of(file.toString()).orElseThrow();
        assertThat(status.inode()).isEqualTo(Files.getAttribute(file, "unix:ino"));
        assertThat(status.links()).isEqualTo(2);
        assertThat(status.isDirectory()).isFalse();
        try (var open = Directory.open(directory.toString()).orElseThrow()) {
            assertThat(FileStatus.of(open.descriptor()))
                    .isEqualTo(FileStatus.of(directory.toString()).orElseThrow())
                    .matches(FileStatus::isDirectory);
        }
    }

    @Test
    void theFileSystemIsTold() throws Exception {
        assertThat(FileStatus.fileSystem("/proc")).isEqualTo(0x9fa0);
        assertThatThrownBy(() -> FileStatus.fileSystem(directory + "/none")).isInstanceOf(NotFoundException.class);
    }

    @Test
    void aPathTheKernelCannotTakeIsRefusedByName() {
        assertThatThrownBy(() -> FileStatus.of("/" + "x".repeat(4096)))
                .isInstanceOf(SystemCallException.class)
                .hasMessageContaining("ENAMETOOLONG");
        assertThatThrownBy(() -> FileStatus.of("/a\0b")).isInstanceOf(IllegalArgumentException.class);
    }

    private static Map<String, Long> list(String path) throws Exception {
        var found = new HashMap<String, Long>();
        try (var open = Directory.open(path).orElseThrow()) {
            open.subdirectories(
                    (name, inode) -> assertThat(found.put(name, inode)).isNull());
        }
        return found;
    }
}
