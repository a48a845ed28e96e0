// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Turns a configuration file into a {@link Configuration}, or says everything that is wrong with it. May be used from
 * any thread if its {@link UserLookup} may.
 */
public final class ConfigurationReader {
    private static final Section.Keys KEYS = new Section.Keys(
            List.of("version", "cgroup-root", "route-table", "bypass", "tproxies", "rules"),
            List.of(
                    "rule-priority",
                    "marks",
                    "intercept",
                    "new-cgroups",
                    "on-exit",
                    "reload",
                    "own-table",
                    "run",
                    "outbounds",
                    "routes",
                    "engine",
                    "dns",
                    "api"),
            OtherNames.TOP);

    private final UserLookup users;
    private final FileSource files;

    /**
     * Makes a reader.
     *
     * @param users resolves the names of {@code user:}
     */
    public ConfigurationReader(UserLookup users) {
        this(users, FileSource.LOCAL);
    }

    /**
     * Makes a reader.
     *
     * @param users resolves the names of {@code user:}
     * @param files reads the files of lists that routes and rules of DNS name
     */
    public ConfigurationReader(UserLookup users, FileSource files) {
        this.users = users;
        this.files = files;
    }

    /**
     * Reads a file.
     *
     * @throws IOException if the file cannot be read
     * @throws InvalidConfigurationException if there is an error in it; nothing of it may be used then
     */
    public Reading read(Path file) throws IOException, InvalidConfigurationException {
        if (Files.isDirectory(file)) {
            throw new FileSystemException(file.toString(), null, "it is a directory; name a file");
        }
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(SourceText.LONGEST + 1);
        }
        return read(file.toString(), bytes);
    }

    /**
     * Reads the bytes of a file.
     *
     * @param file how problems name the file; the relative paths in it start at this one's directory
     * @throws InvalidConfigurationException if there is an error in it; nothing of it may be used then
     */
    public Reading read(String file, byte[] bytes) throws InvalidConfigurationException {
        var problems = new Problems(file);
        Configuration configuration = Configuration.EVERYTHING_DIRECT;
        String text = SourceText.decode(bytes, problems);
        YamlNode root = text == null ? null : YamlReader.read(text, problems);
        if (root != null && !(root instanceof YamlNode.Scalar scalar && scalar.isNull())) {
            Section top = new Value(problems, "", root).section(KEYS);
            configuration = top == null ? configuration : read(top, directory(file), problems);
        } else if (!problems.hasErrors()) {
            problems.error(Position.START, "version", "is missing", "the file is empty", "start with version: 1");
        }
        List<Problem> found = problems.finish();
        if (problems.hasErrors()) {
            throw new InvalidConfigurationException(found);
        }
        return new Reading(configuration, found);
    }

    private Configuration read(Section top, Path directory, Problems problems) {
        Value version = top.require("version");
        if (version != null) {
            version.number(Configuration.VERSION, Configuration.VERSION);
        }
        Marks marks = SettingsReader.marks(top);
        Map<String, Tproxy> tproxies = TproxiesReader.read(top, marks);
        var outboundsReader = new OutboundsReader(top, marks, tproxies);
        Map<String, Outbound> outbounds = outboundsReader.read();
        // Names of entries that are themselves wrong count as known: one mistake, one message.
        Set<String> tproxyNames = names(top, "tproxies");
        Set<String> outboundNames = names(top, "outbounds");
        outboundNames.addAll(OutboundsReader.BUILT_IN);
        Bypass bypass = SettingsReader.bypass(top);
        List<Rule> rules = new RulesReader(tproxyNames, outboundNames, users).read(top);
        var conditions = ConditionsReader.of(directory, files);
        DnsSettings dns = new DnsReader(bypass.blocks(), outbounds, outboundNames, conditions).read(top);
        SettingsReader.warnAboutBypass(top, problems, bypass, rules);
        var configuration = new Configuration(
                SettingsReader.cgroupRoot(top),
                SettingsReader.routeTable(top),
                top.number("rule-priority", Configuration.DEFAULT_RULE_PRIORITY, 1, 32765),
                marks,
                bypass,
                top.choice("intercept", Configuration.InterceptMode.AUTO),
                top.choice("new-cgroups", Configuration.NewCgroups.INHERIT),
                top.choice("on-exit", Configuration.OnExit.REMOVE),
                top.choice("reload", Configuration.Reload.MANUAL),
                top.choice("own-table", Configuration.OwnTable.OFF),
                SettingsReader.run(top, tproxyNames, outboundNames, users),
                tproxies,
                outbounds,
                outboundsReader.otherProtocols(),
                new RoutesReader(outboundNames, conditions, dns.mode() != DnsSettings.Mode.OFF).read(top),
                EngineReader.read(top),
                dns,
                SettingsReader.api(top),
                rules);
        if (!problems.hasErrors()) {
            SettingsReader.requireEngineMarks(top, configuration);
        }
        return configuration;
    }

    private static Path directory(String file) {
        return Objects.requireNonNullElse(Path.of(file).getParent(), Path.of(""));
    }

    private static Set<String> names(Section top, String key) {
        Set<String> names = new LinkedHashSet<>();
        if (Optional.ofNullable(top.get(key)).map(Value::node).orElse(null) instanceof YamlNode.Mapping mapping) {
            mapping.entries().forEach(entry -> names.add(entry.key()));
        }
        return names;
    }
}
