// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;

/**
 * By what another content of a file is noticed.
 *
 * @param key which file it is: another one after a rename
 * @param modified when it was written last
 */
record FileFingerprint(Object key, Object modified, long size) {
    /** That of no file. */
    static final FileFingerprint ABSENT = new FileFingerprint("", "", -1);

    /** The file as it is now. */
    static FileFingerprint of(Path file) {
        try {
            var attributes = Files.readAttributes(file, BasicFileAttributes.class);
            var key = Objects.requireNonNullElse(attributes.fileKey(), file.toRealPath());
            return new FileFingerprint(key, attributes.lastModifiedTime(), attributes.size());
        } catch (IOException e) {
            return ABSENT;
        }
    }
}
