// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Collectors;
import sluice.testkit.CProgram;
import sluice.testkit.Lab;

/**
 * What a unit file leaves its service of the machine, without systemd: capabilities, mounts, system calls and
 * environment. See systemd.exec(5).
 */
final class UnitSandbox {
    /** Where the service finds the program: its own place may be hidden from it. */
    private static final String PROGRAM = "/run/sluice/program";

    /** What systemd gives a service (systemd.exec(5)); commands of the tests' own PATH may lie where the service sees nothing. */
    private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /** What may stay writable under ProtectSystem=strict, beside what the unit names, and what is hidden anyway. */
    private static final List<String> WRITABLE =
            List.of("/dev", "/proc", "/sys", "/tmp", "/var/tmp", "/run/sluice", "/home", "/root", "/run/user");

    private final Map<String, List<String>> settings = new HashMap<>();

    private UnitSandbox(Path unit) throws IOException {
        for (var line : Files.readAllLines(unit)) {
            if (line.matches("[A-Za-z]+=.*")) {
                var pair = line.split("=", 2);
                settings.computeIfAbsent(pair[0], key -> new ArrayList<>()).add(pair[1]);
            }
        }
        // What follows does all this; the rest it reads.
        for (var on : List.of("NoNewPrivileges", "PrivateDevices", "PrivateTmp", "ProtectHome", "RestrictNamespaces")) {
            assertThat(settings).containsEntry(on, List.of("yes"));
        }
        assertThat(settings)
                .containsEntry("ProtectSystem", List.of("strict"))
                .containsEntry("RuntimeDirectory", List.of("sluice"))
                .containsEntry("SystemCallArchitectures", List.of("native"))
                .containsEntry("SystemCallErrorNumber", List.of("EPERM"));
    }

    /** Of the daemon's own unit. */
    static UnitSandbox ofDaemon() throws IOException {
        var repository = Objects.requireNonNull(System.getProperty("sluice.repository"));
        return new UnitSandbox(Path.of(repository, "dist/src/main/systemd/sluice.service"));
    }

    /** Words in front of {@link SluiceDaemon#program}, for {@link SluiceDaemon#launch}. */
    List<String> wrapper(Lab lab) throws IOException {
        var words = around(lab);
        words.addAll(List.of("sh", "-c", "shift && exec " + PROGRAM + "/bin/sluice \"$@\"", "program"));
        return words;
    }

    /** A command line that runs a program of the system in the sandbox; it wants /run/sluice to be the lab's. */
    List<String> around(Lab lab, String... program) throws IOException {
        var writable = new ArrayList<>(WRITABLE);
        words("ReadWritePaths").forEach(path -> writable.add(path.replaceFirst("^[-+]*", "")));
        var patterns = writable.stream().map(path -> path + " | " + path + "/*").collect(Collectors.joining(" | "));
        // Where it was compiled is hidden.
        var confined = SluiceDaemon.runDirectory(lab).resolve("confined");
        if (!Files.exists(confined)) {
            Files.copy(
                    CProgram.of(UnitSandbox.class, "confined").executable(),
                    confined,
                    StandardCopyOption.COPY_ATTRIBUTES);
        }
        var image = Path.of(SluiceDaemon.program()).resolve("../..").normalize();
        var line = new ArrayList<>(List.of("sh", "-c", enter(patterns), "enter"));
        line.addAll(List.of(image.toString(), word("UMask")));
        var bounding = capabilities("CapabilityBoundingSet");
        line.addAll(List.of("setpriv", "--bounding-set=" + bounding, "--inh-caps=" + bounding));
        line.addAll(List.of("--ambient-caps=" + capabilities("AmbientCapabilities"), "--no-new-privs", "--"));
        line.add("/run/sluice/confined");
        line.add(numbers(lab, "__NR_", allowedCalls(lab)));
        line.add(numbers(lab, "", words("RestrictAddressFamilies")));
        line.addAll(List.of(program));
        return line;
    }

    /** Arguments: the program's directory, the mask, and what to become. */
    private static String enter(String writable) {
        return """
                set -e
                PATH=%s
                program=$1 mask=$2
                shift 2
                cd /run/sluice
                mkdir -p program dev
                mount --bind "$program" program
                mount -o remount,bind,ro program
                mount -t tmpfs -o mode=755 dev dev
                for device in null zero full random urandom tty; do
                    : >dev/$device
                    mount --bind /dev/$device dev/$device
                done
                mount --move dev /dev
                mount -t tmpfs -o mode=1777 tmp /tmp
                mount -t tmpfs -o mode=1777 tmp /var/tmp
                for home in /home /root /run/user; do
                    [ ! -d $home ] || mount -t tmpfs -o mode=000 home $home
                done
                while read -r _ _ _ _ point _; do
                    case $point in %s) ;; *) mount -o remount,bind,ro "$point" ;; esac
                done </proc/self/mountinfo
                umask "$mask"
                cd /
                exec env -i PATH="$PATH" "$@"
                """.formatted(PATH, writable);
    }

    private List<String> words(String key) {
        return settings.getOrDefault(key, List.of()).stream()
                .flatMap(value -> List.of(value.split(" ")).stream())
                .toList();
    }

    private String word(String key) {
        assertThat(settings).containsKey(key);
        return words(key).getLast();
    }

    private String capabilities(String key) {
        return "-all"
                + words(key).stream()
                        .map(name -> ",+" + name.toLowerCase(Locale.ROOT).replaceFirst("^cap_", ""))
                        .collect(Collectors.joining());
    }

    /** Each line adds to what is allowed, or with a tilde takes away; @default is always allowed. */
    private Collection<String> allowedCalls(Lab lab) throws IOException {
        var groups = groups(lab);
        var allowed = new TreeSet<String>();
        expand("@default", groups, allowed);
        for (var line : settings.getOrDefault("SystemCallFilter", List.of())) {
            var named = new TreeSet<String>();
            for (var word : line.replaceFirst("^~", "").split(" ")) {
                expand(word, groups, named);
            }
            if (line.startsWith("~")) {
                allowed.removeAll(named);
            } else {
                allowed.addAll(named);
            }
        }
        return allowed;
    }

    private static void expand(String word, Map<String, List<String>> groups, Collection<String> into) {
        if (word.startsWith("@")) {
            assertThat(groups).containsKey(word);
            Objects.requireNonNull(groups.get(word)).forEach(member -> expand(member, groups, into));
        } else {
            into.add(word);
        }
    }

    private static Map<String, List<String>> groups(Lab lab) throws IOException {
        var groups = new HashMap<String, List<String>>();
        var members = new ArrayList<String>();
        for (var line : lab.here()
                .run("systemd-analyze", "syscall-filter")
                .out()
                .lines()
                .toList()) {
            var word = line.strip();
            if (line.startsWith("@")) {
                members = new ArrayList<>();
                groups.put(word, members);
            } else if (!word.isEmpty() && !word.startsWith("#")) {
                members.add(word);
            }
        }
        return groups;
    }

    /** What the C headers define these names as, with commas between; names that this machine does not have are left out. */
    private static String numbers(Lab lab, String prefix, Collection<String> names) throws IOException {
        var source = names.stream().map(name -> prefix + name).collect(Collectors.joining("\n"));
        return lab.here()
                .command("gcc", "-E", "-P", "-include", "sys/syscall.h", "-include", "sys/socket.h", "-")
                .input(source + "\n")
                .run()
                .out()
                .lines()
                .filter(line -> line.matches("[0-9]+"))
                .collect(Collectors.joining(","));
    }
}
