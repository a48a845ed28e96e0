// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Finds cgroups by their ids, which are the inodes of their directories. Stateless. */
public final class CgroupDirectories {
    private CgroupDirectories() {}

    /**
     * Directories of cgroups below a root, the root itself left out. What vanishes meanwhile is not found.
     *
     * @param ids of the cgroups
     */
    public static List<Path> of(Path root, Set<Long> ids) throws IOException {
        if (ids.isEmpty()) {
            return List.of();
        }
        var found = new ArrayList<Path>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                if (!directory.equals(root) && ids.contains(Files.getAttribute(directory, "unix:ino"))) {
                    found.add(directory);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException cause) {
                return FileVisitResult.CONTINUE;
            }
        });
        return found;
    }
}
