// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

/** Which host names an entry of {@code domain} stands for. Names are ASCII (IDNA), in lower case, without a trailing dot. */
public sealed interface DomainPattern {
    /** Whether a name in that form fits. */
    boolean matches(String name);

    /** The name itself. */
    record Exact(String name) implements DomainPattern {
        @Override
        public boolean matches(String other) {
            return other.equals(name);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** Every name below {@code name}, but not itself: {@code *.example.net}. */
    record Below(String name) implements DomainPattern {
        @Override
        public boolean matches(String other) {
            int dot = other.length() - name.length() - 1;
            return dot > 0 && other.charAt(dot) == '.' && other.endsWith(name);
        }

        @Override
        public String toString() {
            return "*." + name;
        }
    }

    /** Names with this text anywhere in them: {@code keyword:text}. */
    record Keyword(String text) implements DomainPattern {
        @Override
        public boolean matches(String other) {
            return other.contains(text);
        }

        @Override
        public String toString() {
            return DomainReader.KEYWORD + text;
        }
    }

    /** Names in which a regular expression (RE2 syntax) finds a match: {@code regexp:text}. Equal if the text is. */
    record Expression(TextPattern pattern) implements DomainPattern {
        @Override
        public boolean matches(String other) {
            return pattern.find(other);
        }

        @Override
        public String toString() {
            return DomainReader.EXPRESSION + pattern;
        }
    }
}
