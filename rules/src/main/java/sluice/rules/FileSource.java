// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads files that the configuration names. */
@FunctionalInterface
public interface FileSource {
    /** The file system of this machine; only regular files, so that no reader waits for a pipe or a device. */
    FileSource LOCAL = (file, most) -> {
        try (InputStream in = Files.newInputStream(regular(file))) {
            return in.readNBytes(most);
        } catch (NoSuchFileException e) {
            throw new IOException("it does not exist", e);
        } catch (AccessDeniedException e) {
            throw new IOException("permission denied", e);
        }
    };

    /**
     * A file's bytes.
     *
     * @param most how many at most; the rest of a longer file is left out
     * @throws IOException if it cannot be read; the message says why, without naming the file
     */
    byte[] read(Path file, int most) throws IOException;

    private static Path regular(Path file) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new IOException("it is not a regular file");
        }
        return file;
    }
}
