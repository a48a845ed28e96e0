// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Opens files that the configuration names. */
@FunctionalInterface
public interface FileSource {
    /** The file system of this machine; only regular files, so that no reader waits for a pipe or a device. */
    FileSource LOCAL = file -> {
        try {
            return Files.newInputStream(regular(file));
        } catch (NoSuchFileException e) {
            throw new IOException("it does not exist", e);
        } catch (AccessDeniedException e) {
            throw new IOException("permission denied", e);
        }
    };

    /**
     * Opens a file; the caller closes it.
     *
     * @return its bytes, with {@link InputStream#available} telling how many they are, as far as that is known
     * @throws IOException if it cannot be read; the message says why, without naming the file
     */
    InputStream open(Path file) throws IOException;

    private static Path regular(Path file) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new IOException("it is not a regular file");
        }
        return file;
    }
}
