// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import sluice.cgroup.Cgroup;
import sluice.cgroup.CgroupMount;
import sluice.intercept.Blueprint;
import sluice.intercept.NftablesMechanism;
import sluice.intercept.PolicyTree;
import sluice.intercept.Redirection;
import sluice.intercept.Ruling;
import sluice.intercept.Verdict;
import sluice.linux.NetworkNamespace;
import sluice.netlink.route.Routes;
import sluice.rules.Marks;
import sluice.rules.Prefix;
import sluice.rules.PrefixSet;

/**
 * Tries whether this kernel can do everything that a configuration may ask for, by doing it in a network namespace of its
 * own, which is gone afterwards.
 */
public final class KernelCheck {
    private KernelCheck() {}

    /**
     * Returns normally if all is there.
     *
     * @throws IOException what is missing: the message names the part of the ruleset that the kernel refused
     */
    public static void run() throws IOException {
        CgroupMount.discover();
        var outcome = new CompletableFuture<Void>();
        Thread.ofPlatform().name("kernel-check").start(() -> {
            try {
                NetworkNamespace.enterNew();
                installEverything();
                outcome.complete(null);
            } catch (IOException | RuntimeException e) {
                outcome.completeExceptionally(e);
            }
        });
        try {
            outcome.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("check the kernel: interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private static void installEverything() throws IOException {
        try (var routes = Routes.open()) {
            routes.setUp(routes.link("lo"), true);
        }
        var odd = redirection("odd", 4001, true, Redirection.WhenDown.REJECT);
        var plain = redirection("plain", 4000, false, Redirection.WhenDown.DROP);
        var engine = Redirection.toEngine("engine", 4002, 7894, true, true);
        var verdicts = List.of(
                Verdict.DIRECT,
                new Verdict.Redirect(plain),
                new Verdict.Redirect(odd),
                new Verdict.Redirect(engine),
                new Verdict.Drop(Verdict.Scope.ALL_BUT_BYPASS),
                new Verdict.Drop(Verdict.Scope.ALL_BUT_LOOPBACK),
                new Verdict.Drop(Verdict.Scope.REJECT));
        var tree = new PolicyTree(cgroup -> new Ruling(0, verdicts.get((int) cgroup.id() - 1)));
        for (int i = 1; i <= verdicts.size(); i++) {
            tree.created(new Cgroup(i, "/" + i, 1));
        }
        var blueprint = new Blueprint(
                new Blueprint.Root(1, 1),
                PrefixSet.merge(List.of(Prefix.parse("127.0.0.0/8"), Prefix.parse("240.0.0.0/4"), Prefix.parse("::1"))),
                List.of(plain, odd, engine),
                Marks.DEFAULT,
                300,
                2000,
                true,
                new Blueprint.Names(PrefixSet.merge(List.of(Prefix.parse("198.18.0.0/15"))), List.of("check")));
        try (var mechanism = NftablesMechanism.open()) {
            mechanism.install(blueprint, tree);
        }
    }

    private static Redirection redirection(String name, int mark, boolean odd, Redirection.WhenDown whenDown) {
        var dns = new Redirection.DnsHijack(
                Inet4Address.ofLiteral("127.0.0.1"), (Inet6Address) InetAddress.ofLiteral("::1"), 53, true);
        return new Redirection(name, mark, 7893, odd, odd, whenDown, dns);
    }
}
