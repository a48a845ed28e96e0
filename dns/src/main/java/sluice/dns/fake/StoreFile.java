// SPDX-License-Identifier: Apache-2.0
package sluice.dns.fake;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;

/** The file itself: whether it is ours, opening it, putting it aside, and what went wrong in words for people. */
record StoreFile(Path path) {
    static final String NOT_OURS = "it is no file of Sluice's";

    private static final String OWNER_ONLY = "rw-------";

    /** How every MVStore begins. */
    private static final byte[] MAGIC = "H:2,".getBytes(StandardCharsets.US_ASCII);

    /** Something that MVStore does with the file. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws IOException;
    }

    /**
     * Opens the file for reading and writing; makes it where it is missing.
     *
     * @throws DamagedException it is ours and unreadable
     */
    MVStore open() throws IOException {
        return attempt("open", () -> {
            var directory = path.toAbsolutePath().getParent();
            if (directory != null) {
                Files.createDirectories(directory);
            }
            boolean isNew = Files.notExists(path);
            if (!isNew) {
                checkBeginning();
                if (!Files.isWritable(path)) {
                    throw new AccessDeniedException(path.toString());
                }
            }
            var store = new MVStore.Builder()
                    .fileName(path.toString())
                    .autoCommitDisabled()
                    // Everything is in memory anyway, and MVStore's cache is seen to outgrow its limit several times.
                    .cacheSize(0)
                    .open();
            if (isNew) {
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(OWNER_ONLY));
            }
            // Nobody reads old versions: their space may be used at once. That is safe when the process is killed, and
            // when the power fails nobody is left who remembers an address.
            store.setVersionsToKeep(0);
            store.setRetentionTime(0);
            return store;
        });
    }

    /** Leaves alone what another program wrote; zeroes are what a power failure leaves of a new file. */
    private void checkBeginning() throws IOException {
        byte[] start;
        try (var in = Files.newInputStream(path)) {
            start = in.readNBytes(MAGIC.length);
        }
        if (start.length == 0) {
            throw new DamagedException("it is empty");
        }
        if (!Arrays.equals(start, Arrays.copyOf(MAGIC, start.length))
                && !Arrays.equals(start, new byte[start.length])) {
            throw new IOException(NOT_OURS);
        }
    }

    /** Moves a damaged file out of the way, over one that was moved there before; returns where to. */
    Path putAside() throws IOException {
        return attempt("put aside", () -> {
            var aside = path.resolveSibling(path.getFileName() + ".damaged");
            return Files.move(path, aside, StandardCopyOption.REPLACE_EXISTING);
        });
    }

    /**
     * Does something with the file.
     *
     * @throws DamagedException it does not hold what it should
     * @throws IOException anything else, in words for people
     */
    <T> T attempt(String operation, Work<T> work) throws IOException {
        try {
            return work.run();
        } catch (DamagedException e) {
            throw e;
        } catch (IOException e) {
            throw failure(operation, reason(e), e);
        } catch (MVStoreException e) {
            if (e.getErrorCode() == DataUtils.ERROR_FILE_LOCKED) {
                throw failure(operation, "another process uses it", e);
            }
            if (e.getCause() instanceof IOException cause && !(cause instanceof EOFException)) {
                throw failure(operation, reason(cause), e);
            }
            throw new DamagedException(String.valueOf(e.getMessage()), e);
        } catch (RuntimeException | OutOfMemoryError e) {
            // MVStore stumbles over bytes that it did not write; it believes lengths that it reads.
            throw new DamagedException(e.toString(), e);
        }
    }

    private IOException failure(String operation, String reason, Exception cause) {
        return new IOException(
                operation + " " + path + ": " + reason + "; see that it can be written, or name another dns.file",
                cause);
    }

    private static String reason(IOException e) {
        return switch (e) {
            case AccessDeniedException _ -> "permission denied";
            case NoSuchFileException _ -> "no such directory";
            case FileSystemException f when f.getReason() != null -> String.valueOf(f.getReason());
            default -> String.valueOf(e.getMessage());
        };
    }
}
