# The hub of the tests: LemonLDAP::NG's portal, served as it is, with two things around it.
#
# - Its cookies lose their Domain: it writes ".HOST", which no client accepts for a bare address.
# - Faults on chosen paths, as tests/servers/faults.py describes them; `idp:NAME hidden` takes a provider's button off its chooser.
use strict;
use warnings;

use Lemonldap::NG::Portal::Main;
use Plack::Builder;
use Plack::Util;
use Time::HiRes ();

my $faults = $ENV{HUB_FAULTS} or die "HUB_FAULTS must name the file of faults\n";

my %answers = (
    error   => [ 500, [ 'Content-Type' => 'text/plain' ],       ['broken on purpose'] ],
    unavailable => [ 503, [ 'Content-Type' => 'text/html' ],    ['<!doctype html><title>503</title>'] ],
    garbage => [ 200, [ 'Content-Type' => 'application/json' ], ['{"not": json'] ],
    refused => [ 429, [ 'Content-Type' => 'text/html' ],        ['<!doctype html><title>429</title>'] ],
    blank   => [ 200, [ 'Content-Type' => 'text/html' ],        ['<!doctype html><title>-</title>'] ],
);

sub fault_of {
    my ($path) = @_;
    open my $file, '<', $faults or die "$faults: $!";
    while ( my $line = <$file> ) {
        chomp $line;
        my ( $faulty, $action ) = split / /, $line, 2;
        return $action if $faulty eq $path;
    }
    return '';
}

sub with_faults {
    my ($app) = @_;
    return sub {
        my ($env) = @_;
        my $action = fault_of( $env->{PATH_INFO} );
        while ( $action eq 'hang' ) {
            Time::HiRes::sleep(0.05);
            $action = fault_of( $env->{PATH_INFO} );
        }
        return $answers{$action} || $app->($env);
    };
}

sub with_host_only_cookies {
    my ($app) = @_;
    return sub {
        my ($env) = @_;
        return Plack::Util::response_cb(
            $app->($env),
            sub {
                my $headers = $_[0][1];
                for ( my $at = 0 ; $at < @$headers ; $at += 2 ) {
                    $headers->[ $at + 1 ] =~ s/;\s*domain=[^;]*//i if lc $headers->[$at] eq 'set-cookie';
                }
            }
        );
    };
}

sub hidden_providers {
    open my $file, '<', $faults or die "$faults: $!";
    return map { /^idp:(\S+) hidden$/ ? $1 : () } <$file>;
}

sub with_deactivated_providers {
    my ($app) = @_;
    return sub {
        my $res = $app->(@_);
        my @hidden = hidden_providers() or return $res;
        for my $part ( ref $res->[2] eq 'ARRAY' ? @{ $res->[2] } : () ) {
            $part =~ s{<button[^>]*\bval="\Q$_\E"[^>]*>.*?</button>}{}s for @hidden;
        }
        Plack::Util::header_set( $res->[1], 'Content-Length', Plack::Util::content_length( $res->[2] ) );
        return $res;
    };
}

builder {
    enable 'Static', path => sub { s{^/static/}{} }, root => '/usr/share/lemonldap-ng/portal/htdocs/static';
    enable \&with_faults;
    enable \&with_host_only_cookies;
    enable \&with_deactivated_providers;
    Lemonldap::NG::Portal::Main->run( {} );
};
