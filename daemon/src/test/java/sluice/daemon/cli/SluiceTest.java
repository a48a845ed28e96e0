// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SluiceTest {
    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void helpNamesEveryCommandAndExitCode() {
        assertThat(run("--help")).isEqualTo(ExitCode.FINE);
        assertThat(out.toString())
                .contains("check", "reload", "status", "tree", "explain", "completion", "3   invalid configuration");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"check", "reload", "status", "tree", "explain", "run", "flows", "select", "dns", "completion"})
    void everyCommandHasHelp(String command) {
        assertThat(run(command, "--help")).isEqualTo(ExitCode.FINE);
        assertThat(out.toString()).startsWith("Usage: sluice " + command);
    }

    @Test
    void versionIsTheBuildsOwn() {
        assertThat(run("--version")).isEqualTo(ExitCode.FINE);
        assertThat(out.toString()).matches("sluice [0-9].*\\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "stauts",
                "status --jsn",
                "check everything",
                "explain",
                "completion",
                "completion csh",
                "run true",
                "run --direct",
                "run --direct --drop true",
                "dns",
                "dns --cache example.org",
                "dns --flush=everything"
            })
    void wrongUsageExitsWithTwo(String line) {
        assertThat(run(line.isEmpty() ? new String[0] : line.split(" "))).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).containsAnyOf("Usage: sluice", "did you mean", "--help' ");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void withoutACommandThereIsTheWholeHelp() {
        assertThat(run()).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).startsWith("Usage: sluice").contains("explain", "Exit codes:");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            value = {
                "foo # sluice: there is no command \"foo\"; 'sluice --help' lists the commands",
                "stauts # sluice: there is no command \"stauts\"; did you mean \"status\"?",
                "flow --json # sluice: there is no command \"flow\"; did you mean \"flows\"?",
                "Reload # sluice: there is no command \"Reload\"; did you mean \"reload\"?",
                "status --jsn # sluice status: Unknown option: '--jsn'; did you mean \"--json\"?",
                "status --sockt=/x # sluice status: Unknown option: '--sockt=/x'; did you mean \"--socket\"?",
                "explain # sluice explain: Missing required parameter: 'PATH|PID|UNIT'; 'sluice explain --help' shows what it takes",
                "--verbose # sluice: Unknown option: '--verbose'; 'sluice --help' shows what it takes",
            })
    void wrongUsageGetsOneLine(String line, String said) {
        assertThat(run(line.split(" "))).isEqualTo(ExitCode.USAGE);
        assertThat(err).hasToString(said + "\n");
    }

    @Test
    void aValidFileIsCheckedSilently() throws Exception {
        var file = write("version: 1\nbypass: [127.0.0.0/8, \"::1\", 224.0.0.0/4, \"ff00::/8\"]\n");
        assertThat(run("check", "config", "-c", file)).isEqualTo(ExitCode.FINE);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void checkRefusesAndWarnsOfWhatTheDaemonDoes() throws Exception {
        assertThat(run("check", "config", "-c", write("version: 1\nintercept: tc\n")))
                .isEqualTo(ExitCode.INVALID_CONFIGURATION);
        assertThat(err.toString()).contains("intercept: this version has the mechanism nftables only");
        assertThat(run("check", "config", "-c", write("version: 1\napi: {listen: '127.0.0.1:9090', secret: AUTO}\n")))
                .isEqualTo(ExitCode.FINE);
        assertThat(err.toString()).contains("api.listen: this version listens on ");
        assertThat(run("check", "config", "-c", write("version: 1\ncgroup-root: /nowhere/at/all\n")))
                .isEqualTo(ExitCode.NOT_POSSIBLE);
        assertThat(err.toString()).contains("use /nowhere/at/all as cgroup root: it does not exist");
    }

    @ParameterizedTest
    @CsvSource({
        "rw-r--r--, true, true",
        "rw-r-----, true, false",
        "rw-r--r--, false, false",
    })
    void checkWarnsOfPasswordsThatEveryUserCanRead(String mode, boolean password, boolean warned) throws Exception {
        var credentials = password ? ", username: a, password: b" : "";
        var file = write("version: 1\noutbounds: {o: {type: socks5, server: '192.0.2.1:1080'" + credentials + "}}\n");
        Files.setPosixFilePermissions(Path.of(file), PosixFilePermissions.fromString(mode));
        assertThat(run("check", "config", "-c", file)).isEqualTo(ExitCode.FINE);
        assertThat(err.toString())
                .isEqualTo(
                        warned
                                ? file
                                        + ": warning: it has passwords in it, and every user of this machine can read it;"
                                        + " write chmod o= " + file + "\n"
                                : "");
    }

    @Test
    void aFilesErrorsAreAllNamedWithTheirPlace() throws Exception {
        var file = write("version: 1\nrules:\n  - {match: \"(\", direct: true}\n  - {match: a, tproxy: nowhere}\n");
        assertThat(run("check", "config", "-c", file)).isEqualTo(ExitCode.INVALID_CONFIGURATION);
        assertThat(err.toString()).contains(file + ":3:", file + ":4:");
    }

    @Test
    void aNamedFileHasToExist() {
        assertThat(run("check", "config", "-c", directory + "/missing.yaml")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains(directory + "/missing.yaml: there is no such file");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "status",
                "tree",
                "flows",
                "reload",
                "dns example.org",
                "dns --cache",
                "dns --flush",
                "dns --flush=fakes"
            })
    void withoutADaemonCommandsThatNeedOneExitWithFive(String command) {
        assertThat(run((command + " --socket " + directory + "/none.sock").split(" ")))
                .isEqualTo(ExitCode.NO_DAEMON);
        assertThat(err.toString()).contains("no daemon", "none.sock", "systemctl start sluice");
    }

    @Test
    void withoutADaemonExplainTellsWhatTheFileSays() throws Exception {
        var file = write("version: 1\nrules:\n  - {match: '^/system\\.slice$', direct: true}\n");
        assertThat(run("explain", "--socket", directory + "/none.sock", "-c", file, "/system.slice/x.service"))
                .isEqualTo(ExitCode.FINE);
        assertThat(out.toString())
                .contains(
                        "/system.slice/x.service",
                        "gets direct from line 3",
                        "inherited from /system.slice",
                        "no daemon");
    }

    @Test
    void runEndsAsShellsDoWhenTheProgramCannotBeStarted() throws Exception {
        assertThat(run("run", "--direct", "no-such-program-anywhere")).isEqualTo(ExitCode.NO_SUCH_PROGRAM);
        assertThat(run(
                        "run",
                        "--drop",
                        "--",
                        Files.createFile(directory.resolve("plain")).toString(),
                        "--help"))
                .isEqualTo(ExitCode.CANNOT_EXECUTE);
        assertThat(run("run", "--drop", "--socket", directory + "/none.sock", "true", "--json"))
                .isEqualTo(ExitCode.NO_DAEMON);
    }

    @Test
    void anArgumentThatBeginsWithAnAtSignIsNoFileOfArguments() throws Exception {
        var file = Files.writeString(directory.resolve("body"), "--help");
        assertThat(run("run", "--direct", "--socket", directory + "/none.sock", "true", "@" + file))
                .isEqualTo(ExitCode.NO_DAEMON);
        assertThat(run("check", "@" + file)).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void outputThatCannotBeWrittenIsAFailure() throws Exception {
        // Every write to it fails with ENOSPC (full(4)).
        try (var full = new FileOutputStream("/dev/full")) {
            assertThat(helpTo(full)).isEqualTo(ExitCode.FAILED);
        }
        assertThat(err).hasToString("sluice: write to standard output: No space left on device\n");
    }

    @Test
    void aReaderThatHasEnoughIsNoFailure() throws Exception {
        var pipe = Pipe.open();
        pipe.source().close();
        try (var nobody = Channels.newOutputStream(pipe.sink())) {
            assertThat(helpTo(nobody)).isEqualTo(ExitCode.FINE);
        }
        assertThat(err).hasToString("");
    }

    private int helpTo(OutputStream out) {
        var commandLine = Sluice.commandLine("--help").setErr(new PrintWriter(err));
        return Sluice.run(commandLine, new StandardOutput(out), "--help");
    }

    @Test
    void aDirectoryInPlaceOfAFileIsNamed() {
        assertThat(run("check", "config", "-c", directory.toString())).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains(directory + ": it is a directory");
    }

    @Test
    void explainSpeaksJsonToo() throws Exception {
        var file = write("version: 1\n");
        run("explain", "--json", "--socket", directory + "/none.sock", "-c", file, "/no/such");
        assertThat(out.toString()).contains("\"path\" : \"/no/such\"", "\"decision\" : null");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh", "fish"})
    void completionScriptsKnowTheCommands(String shell) {
        assertThat(run("completion", shell)).isEqualTo(ExitCode.FINE);
        assertThat(out.toString()).contains("sluice", "explain", "json");
    }

    private String write(String yaml) throws Exception {
        return Files.writeString(directory.resolve("config.yaml"), yaml).toString();
    }

    private int run(String... arguments) {
        return Sluice.commandLine(arguments)
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }
}
