// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts, in a copy of the repository's skeleton and with a PATH of the test's own. */
class BuildScriptsTest {
    private static final Path REPOSITORY =
            Path.of(Objects.requireNonNull(System.getProperty("sluice.repository"), "run through Maven"));

    private final Path temporary;
    private final Path copy;
    private final Path commands;
    private final Path machines;

    /** A copy of the scripts, and a machine without Java. */
    BuildScriptsTest(@TempDir Path temporary) throws IOException {
        this.temporary = temporary;
        copy = temporary.resolve("copy");
        Files.createDirectories(copy.resolve("build"));
        commands = Files.createDirectory(temporary.resolve("commands"));
        machines = Files.createDirectory(temporary.resolve("jvm"));
        Files.copy(REPOSITORY.resolve("sluice"), copy.resolve("sluice"));
        Files.writeString(copy.resolve("pom.xml"), "<project/>");
        for (var script :
                new String[] {"find-jdk", "maven", "package", "install-packages", "listed-commands", "need-root"}) {
            Files.copy(
                    REPOSITORY.resolve("build").resolve(script),
                    copy.resolve("build").resolve(script));
        }
        for (var tool : new String[] {
            "sh", "readlink", "dirname", "grep", "sed", "sort", "tr", "mktemp", "rm", "tail", "find", "flock", "mkdir"
        }) {
            real(tool);
        }
    }

    @Test
    void aMissingJdkIsSaidInOneLine() throws Exception {
        jdk("old", "21.0.4");
        for (var script : new String[] {"build/find-jdk", "sluice"}) {
            var output = run(script);
            assertThat(output.status()).isEqualTo(4);
            assertThat(output.out()).isEmpty();
            assertThat(output.err())
                    .isEqualTo(
                            "JDK 25 is missing: run build/install-packages build as root, or set JAVA_HOME to a JDK 25\n");
        }
    }

    @Test
    void aJdkBelowTheSystemsDirectoryIsFound() throws Exception {
        jdk("a-jre", "25.0.1");
        Files.delete(machines.resolve("a-jre/bin/jlink"));
        jdk("b-old", "17.0.1");
        var wanted = jdk("c-wanted", "25");
        assertThat(run("build/find-jdk").out()).isEqualTo(wanted + "\n");
    }

    @Test
    void theJdkBehindJavaOnThePathIsFound() throws Exception {
        var elsewhere = jdk("../elsewhere", "25.0.2");
        Files.createSymbolicLink(commands.resolve("java"), elsewhere.resolve("bin/java"));
        assertThat(run("build/find-jdk").out().strip())
                .isEqualTo(elsewhere.toRealPath().toString());
        Files.delete(commands.resolve("java"));
    }

    @Test
    void aJdkIsInstalledWhereAptHasOne() throws Exception {
        packages("build grep grep");
        fake("id", "echo 0");
        fake("apt-cache", "[ \"$*\" = 'show temurin-25-jdk' ]");
        jdk("../fetched", "25.0.2");
        fake(
                "apt-get",
                "echo \"$@\" >>" + temporary.resolve("asked") + "; mv " + temporary.resolve("fetched") + " "
                        + machines.resolve("installed"));
        real("mv");
        var output = run("build/install-packages", "build");
        assertThat(output).isEqualTo(new Output(0, "", "installing temurin-25-jdk\n"));
        assertThat(temporary.resolve("asked")).hasContent("install -y -q --no-install-recommends temurin-25-jdk\n");
    }

    @Test
    void aPackageThatBringsNoJdkIsSaid() throws Exception {
        packages("build grep grep");
        fake("id", "echo 0");
        fake("apt-cache", "[ \"$*\" = 'show openjdk-25-jdk-headless' ]");
        fake("apt-get", "exit 0");
        var output = run("build/install-packages", "build");
        assertThat(output.status()).isEqualTo(1);
        assertThat(output.err()).contains("are not there: openjdk-25-jdk-headless");
    }

    @Test
    void whereAptHasNoJdkOneLineSaysWhatToAdd() throws Exception {
        packages("build grep grep");
        fake("apt-cache", "exit 100");
        fake("apt-get", "echo \"$1\" >>" + temporary.resolve("asked"));
        for (var user : List.of("0", "1000")) {
            fake("id", "echo " + user);
            var output = run("build/install-packages", "build");
            assertThat(output.status()).isEqualTo(4);
            assertThat(output.err())
                    .hasLineCount(1)
                    .startsWith("apt knows no JDK 25: set JAVA_HOME to one, or add Temurin's packages as root")
                    .contains("deb [signed-by=/etc/apt/keyrings/adoptium.asc]", "&& apt-get update");
        }
        // Of the user who may do so.
        assertThat(temporary.resolve("asked")).hasContent("update\n");
    }

    @Test
    void nothingIsBuiltForTheDemoOfSomebodyWhoIsNotRoot() throws Exception {
        packages("build,demo exotic exotic-command");
        fake("id", "echo 1000");
        real("make");
        Files.copy(REPOSITORY.resolve("Makefile"), copy.resolve("Makefile"));
        for (var target : List.of("demo", "install")) {
            var output = make(target);
            assertThat(output.status()).isNotZero();
            assertThat(output.out()).isEmpty();
            assertThat(output.err().lines().findFirst().orElseThrow()).matches("make " + target + ".* needs root");
            assertThat(output.err()).doesNotContain("exotic");
        }
    }

    private Output make(String target) throws Exception {
        return runWords(
                List.of(commands.resolve("make").toString(), "-C", copy.toString(), "--no-print-directory", target));
    }

    @Test
    void nothingIsInstalledWhenNothingIsMissing() throws Exception {
        jdk("a-jdk", "25.0.2");
        packages("build grep grep\nbuild libc6-dev " + copy.resolve("sluice"));
        assertThat(run("build/install-packages", "build")).isEqualTo(new Output(0, "", ""));
    }

    @Test
    void packagesOfOtherPurposesAreNotInstalled() throws Exception {
        jdk("a-jdk", "25.0.2");
        packages("build grep grep\ntest exotic exotic-command");
        assertThat(run("build/install-packages", "build")).isEqualTo(new Output(0, "", ""));
    }

    @Test
    void whoeverIsNotRootIsToldWhatToInstall() throws Exception {
        jdk("a-jdk", "25.0.2");
        packages("build,test exotic exotic-command");
        fake("id", "echo 1000");
        fake("apt-get", "exit 99");
        var output = run("build/install-packages", "test");
        assertThat(output.status()).isEqualTo(4);
        assertThat(output.err()).contains("run as root: apt-get install --no-install-recommends exotic");
    }

    @Test
    void withoutAptThePackagesAreNamed() throws Exception {
        packages("test exotic exotic-command");
        var output = run("build/install-packages", "test");
        assertThat(output.status()).isEqualTo(4);
        assertThat(output.err()).contains("no apt", "exotic");
    }

    @Test
    void anUnreachableMirrorIsNamedAfterOneUpdate() throws Exception {
        jdk("a-jdk", "25.0.2");
        packages("test exotic exotic-command");
        fake("id", "echo 0");
        fake("apt-get", "echo \"$1\" >>" + temporary.resolve("asked") + "; echo E: no mirror; exit 100");
        var output = run("build/install-packages", "test");
        assertThat(output.status()).isEqualTo(1);
        assertThat(output.err()).contains("E: no mirror", "could not install exotic", "mirror");
        assertThat(temporary.resolve("asked")).hasContent("install\nupdate\n");
    }

    @Test
    void onlyWhatIsMissingIsInstalled() throws Exception {
        jdk("a-jdk", "25.0.2");
        packages("test grep grep\ntest exotic exotic-command");
        fake("id", "echo 0");
        fake(
                "apt-get",
                "echo \"$@\" >>" + temporary.resolve("asked") + "; echo >" + commands.resolve("exotic-command")
                        + "; chmod +x " + commands.resolve("exotic-command"));
        real("chmod");
        assertThat(run("build/install-packages", "test").status()).isZero();
        assertThat(temporary.resolve("asked")).hasContent("install -y -q --no-install-recommends exotic\n");
    }

    @Test
    void aCommandListedUnderTheWrongPackageIsFound() throws Exception {
        real("dpkg-query");
        real("xargs");
        real("ln");
        packages("build grep sed");
        var linked = temporary.resolve("linked");
        var output = run("build/listed-commands", linked.toString());
        assertThat(output.status()).isEqualTo(1);
        assertThat(output.err()).contains("sed: listed under grep, but comes from sed");
        try (var links = Files.list(linked)) {
            for (var link : links.toList()) {
                Files.delete(link);
            }
        }
    }

    private Path jdk(String name, String version) throws IOException {
        var home = machines.resolve(name).normalize();
        Files.createDirectories(home.resolve("bin"));
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
        for (var tool : new String[] {"java", "javac", "jlink"}) {
            Files.copy(Path.of("/usr/bin/true"), home.resolve("bin").resolve(tool));
        }
        return home;
    }

    private void packages(String lines) throws IOException {
        Files.writeString(copy.resolve("build/packages"), "# purposes package commands\n" + lines + "\n");
    }

    private void real(String command) throws IOException {
        fake(command, "exec /usr/bin/" + command + " \"$@\"");
    }

    private void fake(String command, String body) throws IOException {
        var file = Files.writeString(commands.resolve(command), "#!/bin/sh\n" + body + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private Output run(String script, String... arguments) throws Exception {
        var words = new ArrayList<String>();
        words.add(copy.resolve(script).toString());
        words.addAll(List.of(arguments));
        return runWords(words);
    }

    private Output runWords(List<String> words) throws Exception {
        var builder =
                new ProcessBuilder(words).redirectInput(Path.of("/dev/null").toFile());
        builder.environment().clear();
        builder.environment()
                .putAll(Map.of(
                        "PATH", commands.toString(),
                        "JAVA_HOME", "/nonexistent",
                        "SLUICE_JVM_DIRECTORY", machines.toString()));
        var err = temporary.resolve("err");
        var process = builder.redirectError(err.toFile()).start();
        var out = new String(process.getInputStream().readAllBytes(), UTF_8);
        return new Output(process.waitFor(), out, Files.readString(err));
    }
}
