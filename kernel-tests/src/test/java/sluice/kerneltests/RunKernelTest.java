// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Output;

/** What {@code sluice run} gives to the program that it becomes. */
@KernelTest
class RunKernelTest {
    private static final long SIGPIPE = 1 << 12;

    /** What it prints, where a shell's line becomes {@code sluice run --direct} and then a program. */
    private static String run(Lab lab, String line, String... program) throws IOException {
        var words = Stream.concat(
                Stream.of("sh", "-c", line, "sh", SluiceDaemon.program(), "run", "--direct", "--"), Stream.of(program));
        return SluiceDaemon.privately(lab, words.toList()).run().out();
    }

    /** Of a line with a mask; the next two signals are glibc's own. */
    private static long standardSignals(String line) {
        return Long.parseLong(line.substring(line.length() - 8), 16) & 0x7FFF_FFFF;
    }

    @Test
    void programsGetTheDescriptorsAndIgnoredSignalsThatWereThere(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("run");
                var _ = SluiceDaemon.start(lab, cgroups, NamePolicy.RULES)) {
            var open = run(lab, "exec \"$@\" 7</dev/null", "ls", "/proc/self/fd");
            // 3 is the directory that it lists.
            assertThat(open.lines()).containsExactly("0", "1", "2", "3", "7");
            var closed = run(lab, "exec \"$@\" <&-", "sh", "-c", "[ -e /proc/$$/fd/0 ] || echo closed");
            assertThat(closed).isEqualTo("closed\n");
            var print = "grep SigIgn /proc/self/status";
            var ignored = run(lab, "trap '' PIPE; " + print + "; exec \"$@\"", "sh", "-c", print)
                    .lines()
                    .map(RunKernelTest::standardSignals)
                    .toList();
            assertThat(ignored).hasSize(2).containsOnly(ignored.getFirst());
            assertThat(ignored.getFirst() & SIGPIPE).isNotZero();
        }
    }

    @Test
    void whoIsInTheSocketsGroupMayRunWhatIsGranted(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("run-group")) {
            var file =
                    SluiceDaemon.write(lab, cgroups, "run: [{user: nobody, targets: [direct]}]\n" + NamePolicy.RULES);
            try (var _ = SluiceDaemon.launch(
                            lab, file, Map.of(), List.of("setpriv", "--regid", "daemon", "--clear-groups"))
                    .awaitReady()) {
                assertThat(asNobody(lab, "daemon", "--direct").status()).isZero();
                assertThat(asNobody(lab, "daemon", "--drop"))
                        .returns(4, Output::status)
                        .extracting(Output::err, STRING)
                        .contains("may not run programs with the target drop");
                assertThat(asNobody(lab, "nogroup", "--direct"))
                        .returns(4, Output::status)
                        .extracting(Output::err, STRING)
                        .contains("for root and the group daemon");
            }
        }
    }

    @Test
    void whatWorksIsListedForATargetThatDoesNot(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("run-list");
                var _ = SluiceDaemon.start(lab, cgroups, """
                        tproxies: {mihomo: {mark: 1, port: 7893}}
                        outbounds: {office: {type: socks5, server: "192.0.2.1:1080"}}
                        """)) {
            assertThat(SluiceDaemon.command(lab, "run", "--proxy", "nope", "true")
                            .attempt())
                    .returns(1, Output::status)
                    .returns("""
                            sluice: there is no target "proxy nope"
                              these are: --direct, --drop, --tproxy mihomo, --proxy office, --proxy direct, --proxy block
                            """, Output::err);
        }
    }

    @Test
    void aSocketThatADirectoryHidesIsNotCalledMissing(Lab lab) throws Exception {
        var directory = Files.createDirectory(lab.directory().resolve("hidden"));
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        var socket = directory.resolve("control.sock");
        var words = List.of(
                "setpriv",
                "--reuid",
                "nobody",
                "--regid",
                "nogroup",
                "--clear-groups",
                SluiceDaemon.programForEverybody(lab));
        var status = Stream.concat(words.stream(), Stream.of("status", "--socket", socket.toString()));
        assertThat(SluiceDaemon.privately(lab, status.toList()).attempt())
                .returns(4, Output::status)
                .returns(
                        "sluice: " + socket + ": this user may not look into the directory of the control socket, so it"
                                + " is not known whether a daemon runs; use sudo\n",
                        Output::err);
    }

    private static Output asNobody(Lab lab, String group, String target) throws IOException {
        var program = SluiceDaemon.programForEverybody(lab);
        var words = List.of("setpriv", "--reuid", "nobody", "--regid", group, "--clear-groups", program);
        var run = Stream.concat(words.stream(), Stream.of("run", target, "--", "true"));
        return SluiceDaemon.privately(lab, run.toList()).attempt();
    }

    @Test
    void programsGetTheirEnvironmentAndArgumentsByteByByte(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("run-bytes");
                var _ = SluiceDaemon.start(lab, cgroups, NamePolicy.RULES)) {
            var hex = "printf '%s' \"$1$BYTES$home$name\" | od -An -tx1";
            // The launcher is a shell script itself, with variables.
            var line = "export home=b name=c BYTES=$(printf '\\377'); exec \"$@\" \"$(printf 'a\\376')\"";
            assertThat(run(lab, line, "sh", "-c", hex, "sh")).isEqualTo(" 61 fe ff 62 63\n");
        }
    }
}
