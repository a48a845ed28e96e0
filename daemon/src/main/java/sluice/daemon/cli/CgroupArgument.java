// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import sluice.cgroup.CgroupMount;
import sluice.linux.KernelString;

/** What a user calls a cgroup: a path, a process or a unit; as an absolute path, or as given where it is relative. */
final class CgroupArgument {
    private static final String UNIFIED = "0::";

    private CgroupArgument() {}

    /**
     * Resolves it.
     *
     * @throws IOException when there is no such process or unit, or more than one unit
     */
    static String resolve(String argument) throws IOException {
        if (argument.matches("[0-9]+")) {
            return ofProcess(argument, Path.of("/proc"), CgroupMount.discover());
        }
        if (argument.contains("/")) {
            return argument;
        }
        return ofUnit(argument.contains(".") ? argument : argument + ".service", CgroupMount.discover());
    }

    static String ofProcess(String pid, Path proc, CgroupMount mount) throws IOException {
        List<String> lines;
        try {
            var bytes = Files.readAllBytes(proc.resolve(pid).resolve("cgroup"));
            lines = KernelString.decode(bytes).lines().toList();
        } catch (NoSuchFileException e) {
            throw new IOException("find process " + pid + ": there is no such process");
        }
        for (var line : lines) {
            if (line.startsWith(UNIFIED)) {
                return below(mount, line.substring(UNIFIED.length()), pid);
            }
        }
        throw new IOException("find process " + pid + ": it is in no cgroup2 cgroup");
    }

    private static String below(CgroupMount mount, String cgroup, String pid) throws IOException {
        var root = mount.root().equals("/") ? "" : mount.root();
        if (cgroup.startsWith("/../") || !(cgroup + "/").startsWith(root + "/")) {
            throw new IOException("find process " + pid + ": its cgroup " + cgroup
                    + " is outside of what is mounted on " + mount.point());
        }
        var inside = cgroup.substring(root.length());
        return mount.point() + (inside.equals("/") ? "" : inside);
    }

    static String ofUnit(String unit, CgroupMount mount) throws IOException {
        var found = new ArrayList<String>();
        Files.walkFileTree(Path.of(mount.point()), new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                if (directory.endsWith(unit)) {
                    found.add(directory.toString());
                    return FileVisitResult.SKIP_SUBTREE;
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException cause) {
                return FileVisitResult.CONTINUE;
            }
        });
        return switch (found.size()) {
            case 0 -> throw new IOException("find " + unit + ": no cgroup has that name; is it running?");
            case 1 -> found.getFirst();
            default ->
                throw new IOException("find " + unit + ": several cgroups have that name, give one's path:\n  "
                        + String.join("\n  ", found));
        };
    }
}
