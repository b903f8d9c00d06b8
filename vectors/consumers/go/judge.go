// Judges the vectors with golang-jwt, key sets by go-jose. Exit status 1: something disagrees that known.json does
// not list, or no longer.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/golang-jwt/jwt"
	"gopkg.in/square/go-jose.v2"
)

type group struct {
	Trust struct {
		Profile   string
		Providers []provider
	}
	Clock             int64
	Algorithms, Needs []string
	Control           string
	Vectors           []struct {
		ID, Level, Expectation, Finding, Token string
		Requirements                           []string
	}
}

type provider struct {
	Issuer                string
	Audiences, Algorithms []string
	Keys                  struct{ Jwks json.RawMessage }
}

// What golang-jwt 4 cannot be told, an algorithm that it lacks, and profiles for whose rules it has no options.
var cannot = map[string]bool{"leeway": true, "typ": true, "required-claims": true, "key-text": true, "ES256K": true,
	"oidc": true, "convex": true, "convex-custom-jwt": true}

func verify(text string, providers []provider) error {
	its := providers[0]
	if len(providers) > 1 { // not verified yet: `iss` only chooses who verifies
		claims := jwt.MapClaims{}
		if _, _, err := new(jwt.Parser).ParseUnverified(text, claims); err != nil {
			return err
		}
		for _, it := range providers {
			if claims["iss"] == it.Issuer {
				its = it
			}
		}
	}
	token, err := jwt.Parse(text, func(token *jwt.Token) (interface{}, error) {
		var set struct{ Keys []json.RawMessage }
		if err := json.Unmarshal(its.Keys.Jwks, &set); err != nil {
			return nil, err
		}
		kid, hasKid := token.Header["kid"]
		for _, text := range set.Keys {
			var key jose.JSONWebKey // RFC 7517 section 5: one that cannot be read is left out
			isRead := json.Unmarshal(text, &key) == nil && key.Use != "enc"
			isNamed := hasKid && key.KeyID == kid || !hasKid && len(set.Keys) == 1
			if isRead && isNamed && (key.Algorithm == "" || key.Algorithm == token.Method.Alg()) {
				return key.Key, nil
			}
		}
		return nil, errors.New("no key fits the token")
	}, jwt.WithValidMethods(its.Algorithms))
	if err != nil {
		return err
	}
	claims := token.Claims.(jwt.MapClaims)
	isFor := len(its.Audiences) == 0
	for _, audience := range its.Audiences {
		isFor = isFor || claims.VerifyAudience(audience, true)
	}
	if !isFor || !claims.VerifyIssuer(its.Issuer, true) {
		return errors.New("issued by or for another")
	}
	return nil
}

func verdict(text string, group group) (said string) {
	defer func() {
		if recover() != nil {
			said = "fault"
		}
	}()
	jwt.TimeFunc = func() time.Time { return time.Unix(group.Clock, 0) }
	if verify(text, group.Trust.Providers) != nil {
		return "reject"
	}
	return "accept"
}

func read(path string, into interface{}) {
	bytes, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(bytes, into)
	}
	if err != nil {
		panic(err)
	}
}

func main() {
	var known map[string]struct{ Finding string }
	read("known.json", &known)
	files, _ := filepath.Glob("../../*.json")
	counts, found := map[string]int{}, map[string]bool{}
	for _, path := range files {
		var file struct{ Groups []group }
		read(path, &file)
	groups:
		for _, group := range file.Groups {
			for _, need := range append(append(group.Needs, group.Algorithms...), group.Trust.Profile) {
				if cannot[need] {
					counts["skipped"] += len(group.Vectors)
					continue groups
				}
			}
			control := verdict(group.Control, group)
			for _, vector := range group.Vectors {
				said, finding := verdict(vector.Token, group), ""
				switch {
				case said == "fault":
					finding = "fault"
				case said != vector.Expectation:
					finding = vector.Finding
				case said == "reject" && control != "accept": // a refusal that proves nothing
					finding = "control-refused"
				}
				if finding == "" && vector.Expectation == "either" {
					counts["choices: "+said]++
				} else if finding == "" {
					counts["agree"]++
				} else {
					state := "NEW"
					if known[vector.ID].Finding == finding {
						state = "known"
					}
					counts[state]++
					found[vector.ID] = true
					fmt.Printf("%-5s %-18s %-6s %s  %s\n", state, finding, vector.Level, vector.ID, vector.Requirements[0])
				}
			}
		}
	}
	stale := 0
	for id := range known {
		if !found[id] {
			stale++
			fmt.Printf("STALE %s: no longer disagrees\n", id)
		}
	}
	var kinds []string
	for kind, count := range counts {
		kinds = append(kinds, fmt.Sprintf("%d %s", count, kind))
	}
	sort.Strings(kinds)
	fmt.Println("golang-jwt 4: " + strings.Join(kinds, ", "))
	if stale+counts["NEW"] > 0 || counts["agree"] == 0 {
		os.Exit(1)
	}
}
