// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.bounds.Bound;
import sluice.control.Controlled;
import sluice.control.DnsCacheView;
import sluice.control.DnsView;
import sluice.control.ExplainView;
import sluice.control.FlowsView;
import sluice.control.FlushRequest;
import sluice.control.FlushView;
import sluice.control.Refusal;
import sluice.control.RefusedException;
import sluice.control.ReloadView;
import sluice.control.RunRequest;
import sluice.control.RunView;
import sluice.control.SelectRequest;
import sluice.control.StatusView;
import sluice.control.TreeView;
import sluice.daemon.engine.DnsService;
import sluice.daemon.engine.EngineService;
import sluice.daemon.engine.ProxyTargets;
import sluice.daemon.neighbours.Surroundings;
import sluice.intercept.Assignment;
import sluice.intercept.Mechanism.Traffic;
import sluice.intercept.Redirection;
import sluice.intercept.Verdict;
import sluice.linux.KernelString;
import sluice.linux.PeerProcess;
import sluice.rules.InvalidConfigurationException;
import sluice.rules.Rule;
import sluice.rules.Target;

/**
 * The daemon as the control API sees it. Each call is carried to the control thread and waits for the answer, so that views
 * are consistent and nothing is shared.
 */
final class ControlledDaemon implements Controlled {
    private static final long ANSWER_SECONDS = 10;
    private static final Logger LOG = LoggerFactory.getLogger(ControlledDaemon.class);

    private final Daemon daemon;
    private final String version;

    ControlledDaemon(Daemon daemon, String version) {
        this.daemon = daemon;
        this.version = version;
    }

    private <T> T ask(Callable<T> question) throws RefusedException {
        Callable<T> tidy = () -> {
            daemon.footprint().reduceSoon();
            return question.call();
        };
        try {
            var answer = daemon.loop().submit(tidy);
            try {
                return answer.get(ANSWER_SECONDS, TimeUnit.SECONDS);
            } finally {
                // Nobody waits for it any more.
                answer.cancel(false);
            }
        } catch (ExecutionException e) {
            throw refusal(Objects.requireNonNullElse(e.getCause(), e));
        } catch (RejectedExecutionException | TimeoutException e) {
            throw new RefusedException(
                    Refusal.UNAVAILABLE, Objects.requireNonNullElse(e.getMessage(), "no answer in time"), "try again");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RefusedException(Refusal.UNAVAILABLE, "the daemon is stopping", "");
        }
    }

    private static RefusedException refusal(Throwable cause) {
        return switch (cause) {
            case RefusedException e -> e;
            case InvalidConfigurationException e ->
                new RefusedException(
                        Refusal.INVALID_CONFIGURATION,
                        String.valueOf(e.getMessage()),
                        "the policy in force stays; mend the file and reload again");
            case UnservedException e ->
                new RefusedException(
                        Refusal.INVALID_CONFIGURATION, String.valueOf(e.getMessage()), "the policy in force stays");
            case RejectedExecutionException e ->
                new RefusedException(Refusal.UNAVAILABLE, String.valueOf(e.getMessage()), "");
            case IOException e -> new RefusedException(Refusal.FAILED, String.valueOf(e.getMessage()), "");
            default -> new RefusedException(Refusal.FAILED, cause.toString(), "this is a defect of Sluice");
        };
    }

    @Override
    public StatusView status() throws RefusedException {
        var marks = ask(() -> daemon.reconciler().blueprint().redirections().stream()
                .collect(Collectors.toMap(Redirection::name, Redirection::mark)));
        // Not on the control thread: there may be thousands of chains to look through.
        var surroundings = surroundings(marks);
        return ask(() -> statusNow(surroundings));
    }

    private static Surroundings surroundings(Map<String, Integer> marks) {
        try {
            return Surroundings.read(marks);
        } catch (IOException e) {
            return new Surroundings(List.of("not known: " + e.getMessage()), List.of());
        }
    }

    private StatusView statusNow(Surroundings surroundings) throws IOException {
        var steering = daemon.steering();
        var tree = daemon.reconciler().tree();
        var matching = new HashMap<Integer, Long>();
        var byTarget = new TreeMap<String, Long>();
        for (var assignment : tree.assignments()) {
            if (assignment.own() != null) {
                matching.merge(assignment.own().rule(), 1L, Long::sum);
            }
            byTarget.merge(targetOf(assignment.cgroup().path()), 1L, Long::sum);
        }
        var traffic = daemon.reconciler().mechanism().traffic(tree);
        var listening = daemon.listening();
        var engine = daemon.engine();
        var warnings = new ArrayList<>(daemon.warnings());
        warnings.addAll(surroundings.obstacles());
        return new StatusView(
                version,
                ProcessHandle.current().pid(),
                Duration.between(daemon.started(), Instant.now()).toSeconds(),
                text(daemon.file()),
                daemon.loaded().truncatedTo(ChronoUnit.SECONDS).toString(),
                daemon.reconciler().mechanism().name(),
                daemon.cgroups().root().directory(),
                steering.configuration().rules().stream()
                        .map(rule -> status(rule, matching, traffic))
                        .toList(),
                steering.configuration().tproxies().values().stream()
                        .map(server -> new StatusView.TproxyStatus(
                                server.name(), server.port(), listening.contains(server.name()) ? "up" : "down"))
                        .toList(),
                engine == null ? null : engine.status(),
                engine == null ? null : engine.dns().map(DnsService::status).orElse(null),
                byTarget,
                tree.levels().matched().deepest(),
                daemon.reconciler().repairs(),
                daemon.bounds().all().stream().map(ControlledDaemon::status).toList(),
                surroundings.neighbours(),
                warnings);
    }

    private static StatusView.BoundStatus status(Bound bound) {
        var last = bound.lastRefused();
        return new StatusView.BoundStatus(
                bound.name(),
                bound.most(),
                bound.taken(),
                bound.refused(),
                last.isEmpty() ? null : KernelString.printable(last));
    }

    private String targetOf(String path) {
        var effective = daemon.reconciler().tree().effective(path);
        return effective == null ? "untouched" : describe(effective);
    }

    private String describe(Assignment assignment) {
        var run = daemon.steering().runTarget(assignment.cgroup().path());
        if (run != null) {
            return run.description();
        }
        int rule = Objects.requireNonNull(assignment.own()).rule();
        return daemon.steering().numbers().rule(rule).target().description();
    }

    private StatusView.RuleStatus status(Rule rule, Map<Integer, Long> matching, Map<Integer, Traffic> traffic) {
        int number = daemon.steering().numbers().of(rule);
        long cgroups = matching.getOrDefault(number, 0L);
        var counted = traffic.getOrDefault(number, Traffic.NONE);
        boolean drops = rule.target() instanceof Target.Drop;
        return new StatusView.RuleStatus(
                rule.line(),
                rule.condition(),
                rule.target().description(),
                cgroups,
                drops ? 0 : counted.packets(),
                drops ? counted.packets() : 0,
                drops ? counted.bytes() : 0,
                cgroups == 0 && counted.packets() == 0 ? "matches no cgroup; 'sluice tree' shows what there is" : null);
    }

    @Override
    public TreeView tree() throws RefusedException {
        return ask(() -> {
            var nodes = new ArrayList<TreeView.Node>();
            for (var assignment : daemon.reconciler().tree().assignments()) {
                nodes.add(node(assignment));
            }
            // A slash sorts before everything else, so that a parent's children follow it.
            nodes.sort(Comparator.comparing(node -> node.path().replace('/', '\0')));
            return new TreeView(daemon.cgroups().root().directory(), nodes);
        });
    }

    private TreeView.Node node(Assignment assignment) {
        var path = assignment.cgroup().path();
        var effective = daemon.reconciler().tree().effective(path);
        if (effective == null) {
            return new TreeView.Node(path, assignment.cgroup().id(), 0, null, null);
        }
        var from = effective.cgroup().path();
        int rule = Objects.requireNonNull(effective.own()).rule();
        int line = rule < 0 ? 0 : daemon.steering().numbers().rule(rule).line();
        return new TreeView.Node(
                path, assignment.cgroup().id(), line, describe(effective), from.equals(path) ? null : from);
    }

    @Override
    public ExplainView explain(String asked) throws RefusedException {
        return ask(() -> explainNow(asked));
    }

    /** A cgroup's path from the managed root. */
    private String managed(String asked) throws RefusedException {
        try {
            return AskedCgroup.path(daemon.cgroups().root().directory(), asked);
        } catch (IOException e) {
            throw new RefusedException(
                    Refusal.INVALID_REQUEST, String.valueOf(e.getMessage()), "give a path such as /system.slice");
        }
    }

    private ExplainView explainNow(String asked) throws IOException, RefusedException {
        var path = managed(asked);
        var cgroup = daemon.cgroups().find(path);
        var matches = new ArrayList<ExplainView.Match>();
        for (int end = path.indexOf('/', 1); ; end = path.indexOf('/', end + 1)) {
            matches.add(match(end < 0 ? path : path.substring(0, end)));
            if (end < 0) {
                break;
            }
        }
        var notes = new ArrayList<String>();
        if (cgroup.isEmpty()) {
            notes.add("there is no such cgroup now; this is what it would get");
        }
        var decided = decision(path, matches);
        if (decided != null
                && decided.target().startsWith("tproxy ")
                && daemon.steering().goesDirect(decided.target().substring("tproxy ".length()))) {
            notes.add("the TPROXY server does not listen, so its traffic goes direct (when-down: direct)");
        }
        return new ExplainView(
                path,
                cgroup.map(sluice.cgroup.Cgroup::id).orElse(0L),
                decided,
                matches,
                cgroup.isPresent() ? daemon.reconciler().mechanism().held(cgroup.get()) : List.of(),
                notes);
    }

    private ExplainView.Match match(String path) {
        if (RunCgroup.owns(path)) {
            return RunCgroup.match(path, daemon.steering().runTarget(path));
        }
        var rule = daemon.steering().match(path);
        return rule == null
                ? new ExplainView.Match(path, 0, null, null)
                : new ExplainView.Match(
                        path, rule.line(), rule.condition(), rule.target().description());
    }

    private static ExplainView.@Nullable Decision decision(String path, List<ExplainView.Match> matches) {
        for (var match : matches.reversed()) {
            if (match.target() != null) {
                return new ExplainView.Decision(
                        match.line(),
                        Objects.requireNonNullElse(match.condition(), ""),
                        match.target(),
                        match.path().equals(path) ? null : match.path());
            }
        }
        return null;
    }

    @Override
    public FlowsView flows(long position) {
        var engine = daemon.engine();
        return engine == null ? FlowsView.NONE : engine.flows(position);
    }

    private DnsService names() throws RefusedException {
        var engine = daemon.engine();
        return Optional.ofNullable(engine)
                .flatMap(EngineService::dns)
                .orElseThrow(() -> new RefusedException(
                        Refusal.NOT_FOUND,
                        engine == null
                                ? "no name is answered: no rule says proxy"
                                : "no name is answered: dns.mode is off",
                        "Sluice answers applications that a rule sends to the engine, with dns.mode real or fake-ip"));
    }

    @Override
    public DnsView dns(String name, String type, @Nullable String path) throws RefusedException {
        var application = path == null ? null : managed(path);
        var names = names();
        if (application != null) {
            ask(() -> requireCaptured(application));
        }
        try {
            return names.explain(name, type, application);
        } catch (IllegalArgumentException e) {
            throw new RefusedException(Refusal.INVALID_REQUEST, String.valueOf(e.getMessage()), "");
        }
    }

    /** Queries of other applications do not come here, so they never get the answer that would be shown. */
    private String requireCaptured(String path) throws RefusedException {
        var shown = KernelString.printable(path);
        if (daemon.cgroups().find(path).isEmpty()) {
            throw new RefusedException(
                    Refusal.NOT_FOUND, "there is no cgroup " + shown, "'sluice tree' shows those that there are");
        }
        var effective = daemon.reconciler().tree().effective(path);
        var ruling = effective == null ? null : effective.own();
        if (ruling == null || !(ruling.verdict() instanceof Verdict.Redirect(var to)) || !to.capturesDns()) {
            var target = targetOf(path);
            throw new RefusedException(
                    Refusal.NOT_FOUND,
                    "the target of " + shown + " is " + target
                            + (target.startsWith("drop")
                                    ? ": its queries get no answer"
                                    : ": its queries are answered by the servers that it asks"),
                    "only applications whose rule says proxy are answered here");
        }
        return path;
    }

    @Override
    public DnsCacheView dnsCache() throws RefusedException {
        return names().cache();
    }

    @Override
    public FlushView flush(FlushRequest.What what) throws RefusedException {
        return names().flush(what);
    }

    @Override
    public SelectRequest select(SelectRequest choice) throws RefusedException {
        return ask(() -> {
            var engine = daemon.engine();
            if (engine == null) {
                throw new RefusedException(
                        Refusal.NOT_FOUND, "the engine does not run", "it starts with the first rule that says proxy");
            }
            try {
                engine.choose(choice.group(), choice.member());
            } catch (IllegalArgumentException e) {
                throw new RefusedException(
                        Refusal.NOT_FOUND, String.valueOf(e.getMessage()), "'sluice status' shows the groups");
            }
            return choice;
        });
    }

    /** Waits as long as it takes: lists may be long. */
    private static <T> T outcome(Future<T> pending) throws RefusedException {
        try {
            return pending.get();
        } catch (ExecutionException e) {
            throw refusal(Objects.requireNonNullElse(e.getCause(), e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RefusedException(Refusal.UNAVAILABLE, "the daemon is stopping", "");
        }
    }

    @Override
    public ReloadView reload() throws RefusedException {
        var done = outcome(ask(daemon::reload));
        return new ReloadView(
                text(done.file()),
                done.changes(),
                done.difference().added(),
                done.difference().removed(),
                done.difference().changed(),
                done.warnings());
    }

    @Override
    public boolean mayRun(int uid, RunRequest request) {
        try {
            return ask(() -> daemon.steering().configuration().run().stream()
                    .anyMatch(grant -> grant.uid() == uid && grant.targets().contains(request.grantName())));
        } catch (RefusedException e) {
            return false;
        }
    }

    @Override
    public RunView run(RunRequest request, PeerProcess peer) throws RefusedException {
        var target = target(request);
        return ask(() -> {
            refuseUnknown(target);
            return new RunView(daemon.run(target, peer));
        });
    }

    private void refuseUnknown(Target target) throws RefusedException {
        var configuration = daemon.steering().configuration();
        boolean known = switch (target) {
            case Target.Direct() -> true;
            case Target.Drop(var kind) -> true;
            case Target.Tproxy(var name) -> configuration.tproxies().containsKey(name);
            case Target.Proxy(var outbound) -> ProxyTargets.isKnown(configuration, outbound);
        };
        if (!known) {
            throw new RefusedException(
                    Refusal.NOT_FOUND,
                    "there is no target \"" + target.description() + "\"",
                    "these are: " + RunTargets.of(configuration));
        }
    }

    private static Target target(RunRequest request) {
        var name = Objects.requireNonNullElse(request.name(), "");
        return switch (request.kind()) {
            case direct -> new Target.Direct();
            case drop -> new Target.Drop(Target.Drop.Kind.TRUE);
            case tproxy -> new Target.Tproxy(name);
            case proxy -> new Target.Proxy(name);
        };
    }

    @Override
    public void requestFailed(String request, Throwable cause) {
        LOG.warn("request {}: {}, ignoring", request, cause.toString());
    }

    private static @Nullable String text(@Nullable Path path) {
        return path == null ? null : path.toString();
    }
}
