// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.engine;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import sluice.control.DnsCacheView;
import sluice.control.DnsView;
import sluice.control.StatusView;
import sluice.dns.CachedAnswer;
import sluice.dns.Dns;
import sluice.dns.Explanation;
import sluice.dns.FakeView;
import sluice.rules.DnsSettings;

/** DNS as it is shown. Any thread. */
final class DnsViews {
    private DnsViews() {}

    static DnsView view(Explanation explanation, DnsSettings settings, @Nullable String application) {
        return new DnsView(
                explanation.name(),
                explanation.type(),
                application,
                mode(settings),
                explanation.kind().name().toLowerCase(Locale.ROOT),
                explanation.rule() < 0 ? null : "dns.rules[" + explanation.rule() + "]",
                explanation.reason(),
                explanation.servers(),
                explanation.set().orElse(null),
                explanation.cached().map(DnsViews::view).orElse(null),
                explanation.addresses());
    }

    private static DnsCacheView.AnswerView view(CachedAnswer answer) {
        return new DnsCacheView.AnswerView(
                answer.name(),
                answer.type(),
                answer.rcode(),
                answer.servers(),
                answer.age().toSeconds(),
                answer.left().toSeconds(),
                answer.addresses());
    }

    static DnsCacheView cache(Dns dns, DnsSettings settings) {
        var answers = dns.cache();
        return new DnsCacheView(
                answers.stream().map(DnsViews::view).toList(),
                settings.cacheSize(),
                answers.stream().mapToLong(CachedAnswer::bytes).sum(),
                dns.fakes().map(FakeView::names).orElse(0),
                dns.fakes().map(FakeView::capacity).orElse(0));
    }

    static StatusView.DnsStatus status(Dns dns, DnsSettings settings) {
        var fakes = dns.fakes();
        return new StatusView.DnsStatus(
                mode(settings),
                dns.cache().size(),
                fakes.map(FakeView::names).orElse(0),
                fakes.map(FakeView::leased).orElse(0),
                fakes.map(FakeView::capacity).orElse(0),
                fakes.flatMap(FakeView::notRemembered).orElse(null),
                dns.counters().counts());
    }

    private static String mode(DnsSettings settings) {
        return settings.mode().name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
