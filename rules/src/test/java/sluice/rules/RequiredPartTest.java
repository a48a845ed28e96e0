// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequiredPartTest {
    @ParameterizedTest
    @CsvSource({
        "org.telegram.desktop, org.telegram.desktop, app-org.telegram.desktop-4711.scope",
        "code-oss, code, app-code\\x2doss-4711.scope",
        "code\\x2doss, code, app-code\\x2doss-4711.scope",
        "firefox_firefox, firefox, snap.firefox.firefox-4711.scope",
        "my-snap_my-app, snap, snap.my\\x2dsnap.my\\x2dapp-4711.scope",
        ".hidden, hidden, app-\\x2ehidden-4711.scope",
        "…, '', app-\\xe2\\x80\\xa6-4711.scope",
    })
    void whatIsRequiredStandsInEveryPathThatMatches(String id, String required, String unit) {
        assertThat(Shorthands.unescapedPart(id)).isEqualTo(required);
        var path = "/user.slice/user-1000.slice/user@1000.service/app.slice/" + unit;
        var pattern = PathPattern.fromMount(Shorthands.app(id), required);
        assertThat(pattern.matches(new PathPattern.Candidate(path, path, path))).isTrue();
        assertThat(path).contains(required);
    }

    @ParameterizedTest
    @CsvSource({"org.telegram.desktop", "telegram"})
    void itIsNotEnough(String id) {
        var path = "/user.slice/user-1000.slice/user@1000.service/app.slice/app-telegram.desktop-4711.service";
        var pattern = PathPattern.fromMount(Shorthands.app(id), Shorthands.unescapedPart(id));
        assertThat(pattern.matches(new PathPattern.Candidate(path, path, path))).isFalse();
    }
}
