// SPDX-License-Identifier: Apache-2.0
package sluice.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import sluice.linux.FileStatus;
import sluice.linux.KernelString;
import sluice.linux.SystemCallException;

/**
 * A mounted cgroup2 file system, found by its type, so that pure (/sys/fs/cgroup) and hybrid (/sys/fs/cgroup/unified) hierarchies are one
 * case. From /proc/self/mountinfo, see proc_pid_mountinfo(5).
 *
 * @param point the absolute path of the mount point
 * @param root which cgroup is mounted there, as seen from this process's cgroup namespace: {@code /}, or {@code /a} for a part,
 *     or {@code /..} for one outside of the namespace
 */
public record CgroupMount(String point, String root) {
    // PROC_CGROUP_INIT_INO of linux/proc_ns.h.
    private static final String INITIAL_NAMESPACE = "cgroup:[4026531835]";
    private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");

    /**
     * The mount that shows most: of the namespace's root if there is one.
     *
     * @throws NoCgroupMountException when there is none that can be worked on
     */
    public static CgroupMount discover() throws IOException {
        var all = mounts();
        var usable = all.stream().filter(CgroupMount::insideNamespace).toList();
        for (var mount : usable) {
            if (mount.isVisible()) {
                return mount;
            }
        }
        throw new NoCgroupMountException("find the cgroup2 file system: "
                + (all.isEmpty() ? "no mount of type cgroup2 in /proc/self/mountinfo" : "not usable: " + all)
                + "; mount one with 'mount -t cgroup2 none /sys/fs/cgroup', or name a directory in cgroup-root");
    }

    /**
     * The part of the tree to manage.
     *
     * @param named as for {@link #rootAt}; empty for the whole mount that {@link #discover} finds
     */
    public static CgroupRoot root(Optional<Path> named) throws IOException {
        return named.isPresent() ? rootAt(named.get()) : discover().whole();
    }

    /**
     * The part of the tree to manage, for the directory that an operator named.
     *
     * @param directory absolute; a cgroup2 directory
     * @throws NoCgroupMountException when it is something else, naming what
     */
    public static CgroupRoot rootAt(Path directory) throws IOException {
        Path real;
        try {
            real = directory.toRealPath();
        } catch (NoSuchFileException e) {
            throw new NoCgroupMountException("use " + directory + " as cgroup root: it does not exist");
        }
        if (!Files.isDirectory(real) || FileStatus.fileSystem(real.toString()) != FileStatus.CGROUP2_SUPER_MAGIC) {
            throw new NoCgroupMountException("use " + directory + " as cgroup root: it is no directory of a cgroup2"
                    + " file system; 'findmnt -t cgroup2' lists those");
        }
        return rootAt(real.toString(), mounts());
    }

    static CgroupRoot rootAt(String directory, List<CgroupMount> mounts) throws NoCgroupMountException {
        return mounts.stream()
                .filter(mount -> Path.of(directory).startsWith(mount.point))
                .max(Comparator.comparingInt(mount -> mount.point.length()))
                .filter(CgroupMount::insideNamespace)
                .map(mount -> mount.part(directory))
                .orElseThrow(
                        () -> new NoCgroupMountException("use " + directory + " as cgroup root: it is not inside this"
                                + " process's cgroup namespace; start in the namespace that it belongs to"));
    }

    private CgroupRoot part(String directory) {
        return new CgroupRoot(directory, depth(root) + depth(directory) - depth(point));
    }

    /** The whole mount, to be managed. */
    public CgroupRoot whole() {
        return part(point);
    }

    /** Whether this process sees a part of the machine's cgroups only, because it lives in a cgroup namespace of its own. */
    public static boolean isNamespacePrivate() throws IOException {
        return !Files.readSymbolicLink(Path.of("/proc/self/ns/cgroup"))
                .toString()
                .equals(INITIAL_NAMESPACE);
    }

    /** Mounts of type cgroup2 in the text of mountinfo: those of the namespace's root first, then in the kernel's order. */
    static List<CgroupMount> parse(String mountinfo) {
        var found = new ArrayList<CgroupMount>();
        for (var line : mountinfo.lines().toList()) {
            int separator = line.indexOf(" - ");
            var fields = line.split(" ", -1);
            if (separator > 0 && line.startsWith(" - cgroup2 ", separator) && fields.length > 4) {
                found.add(new CgroupMount(unescape(fields[4]), unescape(fields[3])));
            }
        }
        found.sort(Comparator.comparing(mount -> !mount.root.equals("/")));
        return List.copyOf(found);
    }

    private static List<CgroupMount> mounts() throws IOException {
        return parse(KernelString.decode(Files.readAllBytes(Path.of("/proc/self/mountinfo"))));
    }

    private boolean insideNamespace() {
        return !Path.of(root).startsWith("/..");
    }

    private boolean isVisible() {
        try {
            // Another mount may lie on top of this one.
            return FileStatus.fileSystem(point) == FileStatus.CGROUP2_SUPER_MAGIC;
        } catch (SystemCallException e) {
            return false;
        }
    }

    private static String unescape(String field) {
        return OCTAL.matcher(field).replaceAll(match -> {
            char character = (char) Integer.parseInt(match.group(1), 8);
            return character == '\\' ? "\\\\" : Character.toString(character);
        });
    }

    private static int depth(String path) {
        return Path.of(path).getNameCount();
    }
}
