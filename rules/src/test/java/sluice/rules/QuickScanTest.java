// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.rules.QuickScan.Answer;
import sluice.testkit.Scale;

class QuickScanTest {
    private static final String[] PIECES = {
        "\\/",
        "/",
        "a",
        "b",
        "\\.",
        ".",
        ".*",
        "*",
        "+",
        "?",
        "*?",
        "(?:",
        "(",
        ")",
        "|",
        "[ab]",
        "[^/]",
        "[]a]",
        "\\d",
        "\\d+",
        "^",
        "$",
        "slice",
        "user",
        "\\w",
        "\\b",
        "\\B",
        "\\A",
        "\\z",
        "(?i)",
        "{2}",
        "{",
        "}",
        "]",
        "-",
        "@",
        "\\x2d",
        "\\\\x2d",
        "\\Qa.b\\E",
        "[[:alpha:]]",
        "é",
        "😀",
        "\\pL",
        "(?P<n>a)",
        "_",
        "\\_",
        "\n",
        ".+"
    };
    private static final String[] WORDS = {
        "/", "a", "b", "slice", "user", ".", "é", "😀", "1", "-", "@", "\\x2d", "{", "}", "]", "aa", "A", "\n", "_",
        "a.b"
    };

    /** What ties a match to the start or the end of a path, and little else. */
    private static final String[] TIES = {
        "^", "^", "$", "(/|$)", "(?:/|$)", "/", "a", "-", ".*", "?", "+", "|", "(", ")"
    };

    private static final String[] SHORT_WORDS = {"/", "a", "-"};

    static IntStream seeds() {
        return IntStream.range(0, Scale.of(12, 1_200));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void neverDisagreesWithTheExpressionItself(int seed) {
        compare(PIECES, WORDS, new Random(seed));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void neverDisagreesAboutTheStartAndTheEndOfAPath(int seed) {
        compare(TIES, SHORT_WORDS, new Random(seed));
    }

    private static void compare(String[] pieces, String[] words, Random random) {
        int decided = 0;
        for (int i = 0; i < 3_000; i++) {
            String expression = join(pieces, random, 7);
            Pattern pattern;
            try {
                pattern = Pattern.compile(expression);
            } catch (PatternSyntaxException e) {
                continue;
            }
            QuickScan quick = QuickScan.of(expression);
            for (int j = 0; j < 12; j++) {
                String path = "/" + join(words, random, 8);
                Answer answer = quick.scan(path);
                if (answer != Answer.UNDECIDED) {
                    decided++;
                    assertThat(answer == Answer.MATCH)
                            .as("'%s' in '%s'", expression, path)
                            .isEqualTo(pattern.matcher(path).find());
                }
                String longer = "/sys/fs/cgroup" + path;
                if (!quick.looksBehind() && pattern.matcher(path).find()) {
                    assertThat(pattern.matcher(longer).find())
                            .as("'%s' in '%s'", expression, longer)
                            .isTrue();
                }
            }
        }
        assertThat(decided).isGreaterThan(1_000);
    }

    @Test
    void whatFollowsAnEndOrASlashMayStandBehindTheSlash() {
        assertThat(QuickScan.of("^(/|$)-").scan("/-")).isEqualTo(Answer.UNDECIDED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\\/.*", "/", ".*", "/user.slice/user-1000.slice/app.slice/*", "\\/system\\.slice\\/x\\.service"
            })
    void decidesCommonFormsAlone(String expression) {
        QuickScan quick = QuickScan.of(expression);
        assertThat(quick.scan("/system.slice/y.service")).isNotEqualTo(Answer.UNDECIDED);
        assertThat(quick.scan("/user.slice/user-1000.slice/app.slice")).isNotEqualTo(Answer.UNDECIDED);
        assertThat(quick.looksBehind()).isFalse();
    }

    @Test
    void rulesOutPathsThatLackALiteralPart() {
        QuickScan quick = QuickScan.of("\\/user\\.slice\\/user-\\d+\\.slice/user@\\d+\\.service\\/x\\.slice\\/.*");
        assertThat(quick.scan("/user.slice/user-1000.slice/user@1000.service/app.slice/y.scope"))
                .isEqualTo(Answer.NO_MATCH);
        assertThat(quick.scan("/user.slice/user-1000.slice/user@1000.service/x.slice/y.scope"))
                .isEqualTo(Answer.UNDECIDED);
    }

    private static String join(String[] pieces, Random random, int most) {
        var joined = new StringBuilder();
        for (int n = random.nextInt(most) + 1; n > 0; n--) {
            joined.append(pieces[random.nextInt(pieces.length)]);
        }
        return joined.toString();
    }
}
