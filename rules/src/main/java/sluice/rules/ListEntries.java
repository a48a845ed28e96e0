// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

/** What lines of files of lists become. */
final class ListEntries {
    private ListEntries() {}

    /** Those of {@code domain-file}. */
    static final class Domains implements ListFiles.Entries<DomainList> {
        private final DomainList.Builder domains = new DomainList.Builder();

        @Override
        public boolean takeUsual(byte[] bytes, int from, int to) {
            boolean below = to - from > 2 && bytes[from] == '*' && bytes[from + 1] == '.';
            if (!DomainReader.isPlain(bytes, below ? from + 2 : from, to)) {
                return false;
            }
            domains.add(bytes, below ? from + 1 : from, to);
            return true;
        }

        @Override
        public void take(String entry) {
            domains.add(DomainReader.parse(entry));
        }

        @Override
        public DomainList build() {
            return domains.build();
        }
    }

    /** Those of {@code cidr-file}. */
    static final class Prefixes implements ListFiles.Entries<PrefixList> {
        private final PrefixList.Builder blocks = new PrefixList.Builder();
        private final PrefixParser parser = new PrefixParser();

        @Override
        public boolean takeUsual(byte[] bytes, int from, int to) {
            if (!parser.parse(bytes, from, to)) {
                return false;
            }
            if (parser.ipv4()) {
                blocks.addIpv4(parser.high(), parser.length());
            } else {
                blocks.addIpv6(parser.high(), parser.low(), parser.length());
            }
            return true;
        }

        @Override
        public void take(String entry) {
            blocks.add(Prefix.parse(entry));
        }

        @Override
        public PrefixList build() {
            return blocks.build();
        }
    }
}
