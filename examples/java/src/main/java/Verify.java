// Verifies a signed license: Verify LICENSE PUBLIC_KEY NODE ENTITLEMENT=VALUE...

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;

public final class Verify {
  private static final Duration DRIFT = Duration.ofMinutes(5);

  /** The license does not allow this software to run here and now. */
  private static final class Refused extends Exception {
    Refused(String reason) {
      super(reason);
    }
  }

  public static void main(String[] arguments) throws Exception {
    String token = Files.readString(Path.of(arguments[0])).trim();
    RSAPublicKey key = readKey(Files.readString(Path.of(arguments[1])));
    List<String> wanted = Arrays.asList(arguments).subList(3, arguments.length);
    try {
      JWTClaimsSet claims = verify(token, key, arguments[2], wanted, Instant.now());
      System.out.println(
          "licensed: " + claims.getClaim("licenseArn") + " until " + claims.getClaim("expiration"));
    } catch (Refused refusal) {
      System.out.println("refused: " + refusal.getMessage());
      System.exit(1);
    }
  }

  private static RSAPublicKey readKey(String pem) throws GeneralSecurityException {
    String body = pem.replaceAll("-----[A-Z ]+-----", "");
    X509EncodedKeySpec key = new X509EncodedKeySpec(Base64.getMimeDecoder().decode(body));
    return (RSAPublicKey) KeyFactory.getInstance("RSA").generatePublic(key);
  }

  /** The claims of a license that is valid for this node and time and allows what is wanted. */
  private static JWTClaimsSet verify(
      String token, RSAPublicKey key, String node, List<String> wanted, Instant now)
      throws Refused, JOSEException, ParseException {
    SignedJWT jwt;
    try {
      jwt = SignedJWT.parse(token);
    } catch (ParseException error) {
      throw new Refused(error.getMessage());
    }
    // The algorithm is fixed here. A token never says how it is to be verified.
    if (!jwt.getHeader().getAlgorithm().equals(JWSAlgorithm.PS384)) {
      throw new Refused("the license is not signed with PS384");
    }
    if (!jwt.verify(new RSASSAVerifier(key))) {
      throw new Refused("the signature was not made with this key");
    }
    JWTClaimsSet claims = jwt.getJWTClaimsSet();
    if (now.plus(DRIFT).isBefore(instant(claims.getStringClaim("issuedAt")))) {
      throw new Refused("the clock is earlier than the license");
    }
    if (!now.isBefore(instant(claims.getStringClaim("expiration")))) {
      throw new Refused("the license expired at " + claims.getStringClaim("expiration"));
    }
    if (!node.equals(claims.getStringClaim("nodeId"))) {
      throw new Refused("the license is for node " + claims.getStringClaim("nodeId"));
    }
    for (String text : wanted) {
      String[] words = text.split("=", 2);
      if (!allows(claims, words[0], words.length == 2 ? words[1] : "")) {
        throw new Refused("the license does not allow " + text);
      }
    }
    return claims;
  }

  /** The times in a license are UTC and do not say so. */
  private static Instant instant(String text) {
    return LocalDateTime.parse(text).toInstant(ZoneOffset.UTC);
  }

  /** Of what is counted there must be as much; a feature must have that value. */
  private static boolean allows(JWTClaimsSet claims, String name, String value) {
    for (Object entry : (List<?>) claims.getClaim("entitlementsAllowed")) {
      Map<?, ?> entitlement = (Map<?, ?>) entry;
      if (!name.equals(entitlement.get("name"))) {
        continue;
      }
      Object allowed = entitlement.get("value");
      if ("None".equals(entitlement.get("unit"))) {
        return value.isEmpty() || value.equals(allowed);
      }
      return value.isEmpty() || Long.parseLong((String) allowed) >= Long.parseLong(value);
    }
    return false;
  }

  private Verify() {}
}
